import { watch, type FSWatcher } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Log } from '../cluster/binaries/progress.ts';
import { pickPorts } from '../cluster/ports.ts';
import { Machine } from './machine.ts';
import { copyHome, openSearchHome, type OpenSearchVersion } from './software.ts';

/** A node of a cluster that is to be started. */
export interface NodePlan {
  readonly name: string;
  readonly roles: readonly string[];
}

/** Milliseconds; as long as a busy machine takes. */
const patience = 240_000;

/** Real OpenSearch nodes on this machine's loopback address. They end with `stop`, and also when this process dies. */
export class OpenSearchCluster {
  readonly name: string;
  readonly machines: readonly Machine[];
  readonly #folder: string;
  readonly #watchers: readonly FSWatcher[];
  /** Restarts that files asked for, one after the other on each machine. */
  readonly #restarts = new Map<Machine, Promise<void>>();

  private constructor(name: string, folder: string, machines: readonly Machine[]) {
    this.name = name;
    this.#folder = folder;
    this.machines = machines;
    this.#watchers = machines.map((machine) => this.#keep(machine));
  }

  /** @param versions those that machines may be told to install; the first is what they begin with */
  static async start(
    name: string,
    nodes: readonly NodePlan[],
    versions: readonly [OpenSearchVersion, ...OpenSearchVersion[]],
    log: Log = () => undefined,
  ): Promise<OpenSearchCluster> {
    const folder = await mkdtemp(join(await realpath(tmpdir()), 'fleetwright-opensearch-'));
    // Nodes run as another user.
    await chmod(folder, 0o755);
    let cluster: OpenSearchCluster | undefined;
    try {
      const home = (version: string): string => join(folder, 'software', version);
      for (const version of versions) await copyHome(await openSearchHome(version, log), home(version));
      const machines = await machinesOf(name, nodes, folder, home);
      cluster = new OpenSearchCluster(name, folder, machines);
      for (const machine of machines) await machine.install(versions[0]);
      await Promise.all(machines.map((machine) => machine.start()));
      await cluster.untilGreen();
      return cluster;
    } catch (error) {
      await cluster?.stop();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  get urls(): readonly string[] {
    return this.machines.map(({ url }) => url);
  }

  machine(name: string): Machine {
    const found = this.machines.find(({ options }) => options.name === name);
    if (found === undefined) throw new Error(`there is no machine ${name}`);
    return found;
  }

  /** The folder that holds each machine's, by its name. */
  get folder(): string {
    return join(this.#folder, 'machines');
  }

  /** Registers a repository for snapshots, in a folder that all nodes share. */
  async addRepository(name: string): Promise<void> {
    const body = JSON.stringify({ type: 'fs', settings: { location: name } });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.urls[0]}/_snapshot/${name}`, { method: 'PUT', headers, body });
    if (!answer.ok) throw new Error(`repository ${name} is refused: ${answer.status} ${await answer.text()}`);
  }

  /** Resolves when all nodes are in one cluster whose health is green. */
  async untilGreen(): Promise<void> {
    const deadline = Date.now() + patience;
    const path = `/_cluster/health?wait_for_status=green&wait_for_nodes=${this.machines.length}&timeout=5s`;
    for (;;) {
      const answer = await fetch(`${this.urls[0]}${path}`, { signal: AbortSignal.timeout(10_000) }).catch(
        () => undefined,
      );
      if (answer?.status === 200) return;
      const dead = this.machines.find((machine) => !machine.runs);
      if (dead !== undefined || Date.now() > deadline)
        throw new Error(`the OpenSearch cluster ${this.name} does not get green: ${await this.#lastWords()}`);
      await delay(200);
    }
  }

  /** Ends all nodes and leaves nothing behind. */
  async stop(): Promise<void> {
    for (const watcher of this.#watchers) watcher.close();
    await Promise.allSettled(this.#restarts.values());
    await Promise.all(this.machines.map((machine) => machine.stop('SIGKILL')));
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** What an init system does: a change of the file `restart` restarts the node, and `restarted` says so. */
  #keep(machine: Machine): FSWatcher {
    const { folder } = machine.options;
    return watch(folder, (_, file) => {
      if (file !== 'restart') return;
      const before = this.#restarts.get(machine) ?? Promise.resolve();
      this.#restarts.set(machine, restartAfter(before, machine));
    });
  }

  async #lastWords(): Promise<string> {
    const words = await Promise.all(
      this.machines.map(({ options }) => readFile(join(options.folder, 'logs', 'output'), 'utf8').catch(() => '')),
    );
    return words.map((text) => text.slice(-1500)).join('\n');
  }
}

async function restartAfter(before: Promise<void>, machine: Machine): Promise<void> {
  await before;
  const { folder } = machine.options;
  const asked = (await readFile(join(folder, 'restart'), 'utf8').catch(() => '')).trim();
  const done = (await readFile(join(folder, 'restarted'), 'utf8').catch(() => '')).trim();
  if (asked === '' || asked === done) return;
  await machine.restart();
  await writeFile(join(folder, 'restarted'), asked);
}

async function machinesOf(
  cluster: string,
  nodes: readonly NodePlan[],
  parent: string,
  home: (version: string) => string,
): Promise<readonly Machine[]> {
  const ports = await pickPorts(nodes.length * 2);
  const seeds = ports.slice(nodes.length).map((port) => `127.0.0.1:${port}`);
  const founders = nodes.filter(({ roles }) => roles.includes('cluster_manager')).map(({ name }) => name);
  const machines = nodes.map(
    ({ name, roles }, index) =>
      new Machine({
        name,
        cluster,
        roles,
        httpPort: ports[index] ?? 0,
        transportPort: ports[nodes.length + index] ?? 0,
        seeds,
        founders,
        backups: join(parent, 'backups'),
        folder: join(parent, 'machines', name),
        home,
      }),
  );
  for (const { options } of machines) await mkdir(options.folder, { recursive: true });
  return machines;
}
