import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type {
  Executor,
  FinishedRun,
  HostResult,
  RunResults,
  RunSpec,
  RunState,
} from '../../../controllers/agenttask/executors/executor.ts';
import { runMarker } from '../../../controllers/agenttask/executors/isolation.ts';
import { openLocalExecutor, type LocalExecutorOptions } from '../../../controllers/agenttask/executors/local.ts';
import { findRunProcesses } from '../../../controllers/agenttask/executors/processes.ts';
import { setUpAnsible } from '../../../controllers/agenttask/runner/setup.ts';
import { hostsAvailable } from '../../hosts/available.ts';
import { hostFolder, hostUser, startHosts } from '../../hosts/hosts.ts';
import type { TestHost, TestHosts } from '../../hosts/hosts.ts';
import { aliveOnHost, readOnHost } from '../../hosts/look.ts';

/** Asked once; a suite that cannot run has the reason in its name. */
export const available = await hostsAvailable();

/** Goes into the name of a suite: why it is skipped, if it is. */
export const skipNote = available.ok ? '' : ` (skipped: ${available.reason})`;

/** An executor with a state folder of its own and three SSH hosts. */
export class Site {
  readonly executor: Executor;
  readonly hosts: TestHosts;
  readonly stateFolder: string;

  constructor(executor: Executor, hosts: TestHosts, stateFolder: string) {
    this.executor = executor;
    this.hosts = hosts;
    this.stateFolder = stateFolder;
  }

  /** @param options of the executor, but for its state folder */
  static async open(options: Omit<LocalExecutorOptions, 'stateFolder'> = {}): Promise<Site> {
    await setUpAnsible((line) => console.log(line));
    const stateFolder = await mkdtemp(join(tmpdir(), 'fleetwright-runs-'));
    return new Site(await openLocalExecutor({ ...options, stateFolder }), await startHosts({ count: 3 }), stateFolder);
  }

  async close(): Promise<void> {
    await this.hosts.stop();
    await rm(this.stateFolder, { recursive: true, force: true });
  }

  /** A run on all three hosts. */
  spec(content: string, change: Partial<RunSpec> = {}): RunSpec {
    return {
      id: randomUUID(),
      hosts: this.hosts.hosts.map(({ address }) => address),
      content,
      user: hostUser,
      variables: {},
      forks: 5,
      timeoutSeconds: 300,
      sshPrivateKey: this.hosts.privateKey,
      knownHosts: this.hosts.knownHosts,
      hostKeyChecking: true,
      ...change,
    };
  }

  async begin(run: RunSpec): Promise<void> {
    await this.executor.prepare(run);
    await this.executor.start(run.id);
  }

  /** Runs to the end. */
  async run(
    content: string,
    change: Partial<RunSpec> = {},
  ): Promise<{ id: string; state: FinishedRun; results: RunResults }> {
    const run = this.spec(content, change);
    await this.begin(run);
    const state = await this.finished(run.id);
    return { id: run.id, state, results: await this.executor.results(run.id) };
  }

  async finished(id: string): Promise<FinishedRun> {
    const state = await ended(this.executor, id);
    if (state.state !== 'finished') {
      throw new Error(`run ${id} is ${state.state}`);
    }
    return state;
  }

  host(index: number): TestHost {
    const host = this.hosts.hosts[index];
    if (host === undefined) {
      throw new Error(`there is no host ${index}`);
    }
    return host;
  }

  /** Content of a file in the folder that each host has for itself, empty when it is not there. */
  async onHost(index: number, name: string): Promise<string> {
    return readOnHost(this.hosts, this.host(index), join(hostFolder, name));
  }

  /** Whether the process whose number is in that file is alive on the host. */
  async aliveOnHost(index: number, name: string): Promise<boolean> {
    const pid = (await this.onHost(index, name)).trim();
    if (!/^\d+$/.test(pid)) throw new Error(`${name} on ${this.host(index).name} has no number of a process`);
    return aliveOnHost(this.hosts, this.host(index), pid);
  }

  async processes(id: string): Promise<readonly number[]> {
    const found = await findRunProcesses(runMarker(join(this.stateFolder, id)));
    return found.map(({ pid }) => pid);
  }

  /** Access rights of the key file, or undefined when it is gone. */
  async keyMode(id: string): Promise<number | undefined> {
    return stat(join(this.stateFolder, id, 'ssh_key')).then(
      ({ mode }) => mode & 0o777,
      () => undefined,
    );
  }

  async supervisor(id: string): Promise<number> {
    const record: unknown = JSON.parse(await readFile(join(this.stateFolder, id, 'started'), 'utf8'));
    if (typeof record === 'object' && record !== null && 'pid' in record && typeof record.pid === 'number') {
      return record.pid;
    }
    throw new Error(`run ${id} has no supervisor`);
  }
}

/** State of a run as soon as it is neither prepared nor running, found through the executor's own watch. */
export async function ended(executor: Executor, id: string): Promise<RunState> {
  const { promise, resolve, reject } = Promise.withResolvers<RunState>();
  const look = async (): Promise<void> => {
    const state = await executor.inspect(id);
    if (state.state !== 'running' && state.state !== 'prepared') {
      resolve(state);
    }
  };
  const watcher = executor.watch((changed) => {
    if (changed === id) {
      look().catch(reject);
    }
  });
  try {
    await look();
    return await promise;
  } finally {
    watcher.close();
  }
}

export function resultClasses(results: RunResults): string[] {
  return results.hosts.map(({ result }) => result);
}

export function resultOf(results: RunResults, host: TestHost): HostResult {
  const found = results.hosts.find(({ name }) => name === host.address);
  if (found === undefined) {
    throw new Error(`no result for ${host.address}`);
  }
  return found;
}
