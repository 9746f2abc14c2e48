import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { RunStep } from '../../../crds/runlog.ts';
import { runFileKey, type PodResult, type RunFile } from '../../../controllers/agenttask/executors/job/contract.ts';
import { decodePodResult } from '../../../controllers/agenttask/executors/job/result.ts';
import { runMarker } from '../../../controllers/agenttask/executors/isolation.ts';
import { findRunProcesses, sendSignal } from '../../../controllers/agenttask/executors/processes.ts';
import { setUpAnsible } from '../../../controllers/agenttask/runner/setup.ts';
import { hostUser, startHosts, type TestHosts } from '../../hosts/hosts.ts';

const program = join(import.meta.dirname, '../../../controllers/agenttask/pod/main.ts');

/** What a pod came to. */
export interface PodEnd {
  readonly exitCode: number | null;
  readonly result: PodResult | undefined;
  /** Steps by their place, as the log told them last. */
  readonly steps: ReadonlyMap<number, RunStep>;
  /** All that was printed. */
  readonly log: string;
}

export interface PodOptions {
  readonly file?: Partial<Omit<RunFile, 'run'>>;
  readonly run?: Partial<RunFile['run']>;
  readonly index?: number;
  /** Files of the Secret; null: the task has none. */
  readonly secret?: Readonly<Record<string, string>> | null;
  /** For the log, instead of a pipe that is read. */
  readonly stdout?: number;
}

/** A program as a pod runs it, in folders of its own. */
export class TestPod {
  readonly child: ChildProcess;
  readonly #folder: string;
  readonly #id: string;
  readonly #lines: string[] = [];
  readonly #closed: Promise<unknown>;
  #onLine: () => void = () => {};

  constructor(child: ChildProcess, folder: string, id: string) {
    this.child = child;
    this.#folder = folder;
    this.#id = id;
    this.#closed = once(child, 'close');
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#lines.push(line);
        this.#onLine();
      });
    }
  }

  /** Resolves once the log satisfies the condition. Throws when the program ends before. */
  async until(condition: (steps: readonly RunStep[]) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onLine = () => {
      if (condition([...this.#steps().values()])) resolve();
    };
    this.#onLine();
    await Promise.race([
      promise,
      this.#closed.then(() => {
        throw new Error(`the program ended before: ${this.#lines.join('\n')}`);
      }),
    ]);
  }

  async ended(): Promise<PodEnd> {
    await this.#closed;
    const text = await readFile(this.#path('result'), 'utf8').catch(() => '');
    return {
      exitCode: this.child.exitCode,
      result: decodePodResult(text),
      steps: this.#steps(),
      log: this.#lines.join('\n'),
    };
  }

  /** For a test that failed half-way: leaves no process of the run, which would outlive its hosts. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#closed;
    for (const pid of await this.processes()) sendSignal(pid, 'SIGKILL');
  }

  async processes(): Promise<readonly number[]> {
    return (await findRunProcesses(runMarker(this.runFolder))).map(({ pid }) => pid);
  }

  get runFolder(): string {
    return join(this.#path('work'), this.#id);
  }

  /** Names of all files that are left in the work folder and hold the text. */
  async filesWith(text: string): Promise<readonly string[]> {
    const files = (await readdir(this.#path('work'), { recursive: true, withFileTypes: true })).filter((file) =>
      file.isFile(),
    );
    const texts = await Promise.all(
      files.map(async (file) => ({ name: file.name, text: await readFile(join(file.parentPath, file.name), 'utf8') })),
    );
    return texts.filter((file) => file.text.includes(text)).map(({ name }) => name);
  }

  #steps(): ReadonlyMap<number, RunStep> {
    const steps = new Map<number, RunStep>();
    for (const line of this.#lines) {
      const { step, is } = JSON.parse(line) as { step?: number; is?: RunStep };
      if (step !== undefined && is !== undefined) steps.set(step, is);
    }
    return steps;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }
}

const noHosts: TestHosts = {
  hosts: [],
  privateKey: '',
  knownHosts: '',
  fileOnHost: async () => '',
  stop: async () => {},
};

/** Makes pods that work on three SSH hosts. */
export class PodSite {
  readonly hosts: TestHosts;
  readonly folder: string;
  readonly #pods: TestPod[] = [];

  constructor(hosts: TestHosts, folder: string) {
    this.hosts = hosts;
    this.folder = folder;
  }

  static async open(): Promise<PodSite> {
    await setUpAnsible((line) => console.log(line));
    return new PodSite(await startHosts({ count: 3 }), await mkdtemp(join(tmpdir(), 'fleetwright-pods-')));
  }

  /** For pods that work on their own machine only. */
  static async openWithoutHosts(): Promise<PodSite> {
    await setUpAnsible((line) => console.log(line));
    return new PodSite(noHosts, await mkdtemp(join(tmpdir(), 'fleetwright-pods-')));
  }

  async close(): Promise<void> {
    await Promise.all(this.#pods.map((pod) => pod.kill()));
    await this.hosts.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get addresses(): readonly string[] {
    return this.hosts.hosts.map(({ address }) => address);
  }

  async start(content: string, options: PodOptions = {}): Promise<TestPod> {
    const id = `u-1-${this.#pods.length}`;
    const run = {
      id,
      hosts: this.addresses,
      content,
      user: hostUser,
      variables: {},
      forks: 5,
      timeoutSeconds: 300,
      hostKeyChecking: true,
      ...options.run,
    };
    return this.startFile(
      JSON.stringify({ version: 1, run, shardSize: 100, maxOutputBytes: 1 << 28, ...options.file } satisfies RunFile),
      options,
      id,
    );
  }

  async startFile(text: string, { index = 0, secret, stdout }: PodOptions = {}, id = 'none'): Promise<TestPod> {
    const folder = await mkdtemp(join(this.folder, 'pod-'));
    const path = (name: string): string => join(folder, name);
    await Promise.all(['run', 'work'].map((name) => mkdir(path(name))));
    await writeFile(join(path('run'), runFileKey), text);
    const files =
      secret === undefined ? { 'ssh-privatekey': this.hosts.privateKey, known_hosts: this.hosts.knownHosts } : secret;
    if (files !== null) {
      await mkdir(path('credentials'));
      await Promise.all(
        Object.entries(files).map(([name, value]) => writeFile(join(path('credentials'), name), value)),
      );
    }
    const flags = [
      '--run-file-folder',
      path('run'),
      '--credentials-folder',
      path('credentials'),
      '--work-folder',
      path('work'),
      '--result-file',
      path('result'),
    ];
    const child = spawn(process.execPath, [program, ...flags], {
      env: { ...process.env, JOB_COMPLETION_INDEX: String(index) },
      stdio: ['ignore', stdout ?? 'pipe', 'inherit'],
    });
    const pod = new TestPod(child, folder, id);
    this.#pods.push(pod);
    return pod;
  }

  async run(content: string, options: PodOptions = {}): Promise<PodEnd & { readonly pod: TestPod }> {
    const pod = await this.start(content, options);
    return { ...(await pod.ended()), pod };
  }

  /** A pipe with a name: whoever opens it holds both its ends. */
  async makePipe(): Promise<string> {
    const path = join(this.folder, `pipe-${this.#pods.length}`);
    await promisify(execFile)('mkfifo', [path]);
    return path;
  }
}

/** Of each host what became of it. */
export function hostResults(result: PodResult | undefined): readonly string[] | undefined {
  return result?.hosts.map(([outcome]) => outcome);
}
