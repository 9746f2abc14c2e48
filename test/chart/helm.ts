import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parseAllDocuments, stringify } from 'yaml';

import { ensureBinaries } from '../cluster/binaries/ensure.ts';
import { runToEnd, type Ended } from './processes.ts';

export const chartFolder = join(import.meta.dirname, '..', '..', 'charts', 'fleetwright');

export interface Values {
  readonly [name: string]: unknown;
}

/** An object that the chart makes. */
export interface Rendered {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface Release {
  readonly name: string;
  readonly namespace: string;
  /** Of the cluster; helm needs none for rendering. */
  readonly kubeconfigPath?: string;
}

/** The release that tests of rendering make. */
const someRelease: Release = { name: 'fleetwright', namespace: 'fleetwright-system' };

/** What was rendered so far: the chart does not change while tests run. */
const rendered = new Map<string, Promise<readonly Rendered[]>>();

/** Helm, with folders of its own: nothing of the user's is read or left behind. */
export class Helm {
  readonly #path: string;
  readonly #folder: string;

  private constructor(path: string, folder: string) {
    this.#path = path;
    this.#folder = folder;
  }

  /** Builds it when it is not there yet, which takes some minutes. */
  static async open(): Promise<Helm> {
    const paths = await ensureBinaries(['helm'], { log: (line) => console.log(line) });
    return new Helm(paths.pathOf('helm'), await mkdtemp(join(tmpdir(), 'fleetwright-helm-')));
  }

  /** Resolves for every exit code. */
  async run(args: readonly string[], { name, namespace, kubeconfigPath }: Partial<Release> = {}): Promise<Ended> {
    const { PATH = '' } = process.env;
    const env = { PATH, HOME: this.#folder, ...(kubeconfigPath === undefined ? {} : { KUBECONFIG: kubeconfigPath }) };
    const [command = '', ...rest] = args;
    return runToEnd(
      this.#path,
      [
        command,
        ...(name === undefined ? [] : [name]),
        ...rest,
        ...(namespace === undefined ? [] : ['--namespace', namespace]),
      ],
      env,
    );
  }

  /** @throws Error with what helm said, unless it succeeds */
  async must(args: readonly string[], release: Partial<Release> = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, release);
    if (code !== 0) throw new Error(`helm ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`);
    return stdout;
  }

  /** Renders, refusals included. */
  async tryTemplate(values: Values, more: readonly string[] = [], release: Release = someRelease): Promise<Ended> {
    return this.run(['template', chartFolder, '--values', await this.valuesFile(values), ...more], release);
  }

  /** @returns the objects of the release, hooks among them */
  async template(
    values: Values,
    more: readonly string[] = [],
    release: Release = someRelease,
  ): Promise<readonly Rendered[]> {
    const key = JSON.stringify([values, more, release]);
    const known = rendered.get(key);
    if (known !== undefined) return known;
    const objects = this.#render(values, more, release);
    rendered.set(key, objects);
    return objects;
  }

  async #render(values: Values, more: readonly string[], release: Release): Promise<readonly Rendered[]> {
    const { code, stdout, stderr } = await this.tryTemplate(values, more, release);
    if (code !== 0) throw new Error(stderr);
    return parseAllDocuments(stdout)
      .map((document) => document.toJS() as Rendered | null)
      .filter((object) => object !== null);
  }

  async valuesFile(values: Values): Promise<string> {
    const folder = await mkdtemp(join(this.#folder, 'values-'));
    const file = join(folder, 'values.yaml');
    await writeFile(file, stringify(values));
    return file;
  }

  /** A new folder that goes with this. */
  async scratch(): Promise<string> {
    return mkdtemp(join(this.#folder, 'scratch-'));
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
