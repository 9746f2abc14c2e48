import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setUpAnsible } from '../../../controllers/agenttask/runner/setup.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import type { KubectlResult } from '../../cluster/kubectl.ts';
import { createNamespace, testCluster } from '../../cluster/testing.ts';
import type { TestCluster, TestNamespace } from '../../cluster/testing.ts';
import { ControllersProcess } from '../stack/controllers-process.ts';
import { task } from './objects.ts';
import type { Spec } from './objects.ts';
import { TaskWatch } from './task-watch.ts';

export interface SiteOptions {
  readonly maxRuns?: number;
  readonly leaseSeconds?: number;
}

/** Controllers with everything that they need of their own: a namespace to watch, one for claims, a state folder. */
export class Site {
  readonly cluster: TestCluster;
  readonly controllers: ControllersProcess;
  readonly tasks: TaskWatch;
  readonly namespace: string;
  readonly systemNamespace: string;
  readonly stateFolder: string;
  readonly #namespaces: readonly TestNamespace[];

  private constructor(
    namespaces: readonly [TestNamespace, TestNamespace],
    stateFolder: string,
    { maxRuns = 4, leaseSeconds = 15 }: SiteOptions,
  ) {
    const [watched, system] = namespaces;
    this.cluster = testCluster();
    this.namespace = watched.name;
    this.systemNamespace = system.name;
    this.stateFolder = stateFolder;
    this.#namespaces = namespaces;
    this.tasks = new TaskWatch(this.cluster, watched.name);
    this.controllers = new ControllersProcess({
      kubeconfigPath: this.cluster.kubeconfigPath,
      systemNamespace: system.name,
      watchNamespace: watched.name,
      stateFolder,
      maxRuns,
      leaseSeconds,
      onUnexpectedEnd: (error) => this.tasks.fail(error),
    });
  }

  /** Everything but the controllers, which are started by `controllers.start()`. */
  static async open(options: SiteOptions = {}): Promise<Site> {
    await setUpAnsible((line) => console.log(line));
    const namespaces = await Promise.all([createNamespace(), createNamespace()]);
    return new Site(namespaces, await mkdtemp(join(tmpdir(), 'fleetwright-state-')), options);
  }

  async close(): Promise<void> {
    try {
      // By the controllers, while they live: tasks have a finalizer, and a test that failed may have left one running.
      await this.must('delete', 'agenttasks', '--all', '--wait=false');
      await this.tasks.until(() => (this.tasks.all.length === 0 ? true : undefined));
    } finally {
      this.tasks.close();
      await this.controllers.stop();
      await Promise.all(this.#namespaces.map((namespace) => namespace.remove()));
      await rm(this.stateFolder, { recursive: true, force: true });
    }
  }

  /** kubectl in the namespace of the tasks. */
  async run(...args: readonly string[]): Promise<KubectlResult> {
    return this.cluster.kubectl(['--namespace', this.namespace, ...args]);
  }

  /** The same, for what has to succeed. Returns kubectl's output. */
  async must(...args: readonly string[]): Promise<string> {
    return said(await this.run(...args), args);
  }

  /** `kubectl create` with objects as they are, which may be ones that the API server refuses. */
  async create(...objects: readonly object[]): Promise<KubectlResult> {
    const list = { apiVersion: 'v1', kind: 'List', items: objects };
    const [only] = objects;
    return this.cluster.kubectl(['--namespace', this.namespace, 'create', '--filename=-'], {
      input: JSON.stringify(objects.length === 1 ? only : list),
    });
  }

  async mustCreate(...objects: readonly object[]): Promise<void> {
    said(await this.create(...objects), ['create']);
  }

  async createTask(name: string, spec: Spec): Promise<void> {
    await this.mustCreate(task(name, spec));
  }

  async patchTask(name: string, spec: Spec): Promise<void> {
    await this.must('patch', 'agenttask', name, '--type=merge', '--patch', JSON.stringify({ spec }));
  }

  /** Creates a task and waits for its end. */
  async finish(name: string, spec: Spec): Promise<AgentTask> {
    await this.createTask(name, spec);
    return this.tasks.ended(name);
  }

  /** Names of the hosts that are claimed. */
  async claims(): Promise<readonly string[]> {
    const args = [
      '--namespace',
      this.systemNamespace,
      'get',
      'leases',
      '--selector=fleetwright.io/claim',
      '--output=json',
    ];
    const { items } = JSON.parse(said(await this.cluster.kubectl(args), args)) as {
      items: { metadata: { annotations: Record<string, string> } }[];
    };
    return items.map(({ metadata }) => metadata.annotations['fleetwright.io/host'] ?? '');
  }

  /** Files of the controllers and their runs, with their content. */
  async stateFiles(): Promise<ReadonlyMap<string, string>> {
    const entries = await readdir(this.stateFolder, { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return new Map(
      await Promise.all(paths.map(async (path): Promise<[string, string]> => [path, await readFile(path, 'utf8')])),
    );
  }
}

function said({ code, stdout, stderr }: KubectlResult, args: readonly string[]): string {
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr || stdout}`);
  return stdout;
}
