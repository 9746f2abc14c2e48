import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a node is, and what it is to be. */
export interface MachineOptions {
  readonly name: string;
  readonly cluster: string;
  readonly roles: readonly string[];
  readonly httpPort: number;
  readonly transportPort: number;
  /** `host:port` of all nodes. */
  readonly seeds: readonly string[];
  /** Names of the nodes that make a new cluster. */
  readonly founders: readonly string[];
  /** Where snapshots may be kept, the same for all nodes. */
  readonly backups: string;
  /** What is this machine's own: its data, its configuration. */
  readonly folder: string;
  /** @returns the program of a version */
  readonly home: (version: string) => string;
}

/** An unprivileged user, as which nodes run where this process is root. */
const nobody = 65_534;
const asOther = process.getuid?.() === 0;

/**
 * A machine with one OpenSearch node, as an init system keeps it: the file `version` in its folder says which version
 * is installed, and the node is restarted when the file `restart` changes. Content of Ansible writes both.
 */
export class Machine {
  readonly options: MachineOptions;
  /** Told when its node is about to be stopped. */
  onStop: () => void = () => undefined;
  #node: ChildProcess | undefined;
  #founded = false;

  constructor(options: MachineOptions) {
    this.options = options;
  }

  get url(): string {
    return `http://127.0.0.1:${this.options.httpPort}`;
  }

  /** Of the process that keeps the node; undefined: none runs. */
  get runs(): boolean {
    return this.#node !== undefined && this.#node.exitCode === null && this.#node.signalCode === null;
  }

  /** Installs a version, without starting it. */
  async install(version: string): Promise<void> {
    for (const name of ['data', 'logs', 'config', 'tmp']) {
      const folder = join(this.options.folder, name);
      await mkdir(folder, { recursive: true });
      if (asOther) await chown(folder, nobody, nobody);
    }
    await mkdir(this.options.backups, { recursive: true });
    if (asOther) await chown(this.options.backups, nobody, nobody);
    await writeFile(join(this.options.folder, 'version'), version);
  }

  /** Starts the version that is installed. */
  async start(): Promise<void> {
    const version = (await readFile(join(this.options.folder, 'version'), 'utf8')).trim();
    await this.#configure();
    const config = join(this.options.folder, 'config');
    const command = [
      'java',
      '-Xms256m',
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-Djava.security.manager=allow',
      '-Djava.locale.providers=SPI,COMPAT',
      '--add-opens=java.base/java.io=ALL-UNNAMED',
      '-Dlog4j.shutdownHookEnabled=false',
      `-Djava.io.tmpdir=${join(this.options.folder, 'tmp')}`,
      `-Dopensearch.path.home=${this.options.home(version)}`,
      `-Dopensearch.path.conf=${config}`,
      '-cp',
      join(this.options.home(version), 'lib', '*'),
      'org.opensearch.bootstrap.OpenSearch',
    ];
    const log = join(this.options.folder, 'logs', 'output');
    const init = [join(import.meta.dirname, 'machine-init.sh'), asOther ? String(nobody) : '', ...command];
    // In a process group of its own: Ctrl-C is for whoever started it, who ends it and then removes its folder.
    const node = spawn('sh', init, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], cwd: this.options.folder });
    node.stdin.on('error', () => undefined);
    let kept = '';
    const keep = (chunk: Buffer): void => {
      kept = (kept + chunk.toString()).slice(-20_000);
    };
    node.stdout.on('data', keep);
    node.stderr.on('data', keep);
    node.once('exit', () => void writeFile(log, kept).catch(() => undefined));
    this.#node = node;
    this.#founded = true;
  }

  /** @param signal SIGTERM is what an init system sends */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const node = this.#node;
    if (node === undefined || !this.runs) return;
    const ended = once(node, 'exit');
    this.onStop();
    if (signal === 'SIGTERM') node.kill('SIGTERM');
    else node.stdin?.end();
    await ended;
  }

  /** Lets the node's process stand still, without ending it, until `thaw`. */
  async freeze(): Promise<void> {
    process.kill(await this.#process(), 'SIGSTOP');
  }

  async thaw(): Promise<void> {
    process.kill(await this.#process(), 'SIGCONT');
  }

  /** The node itself: the first child of the process that keeps it. */
  async #process(): Promise<number> {
    const keeper = this.#node?.pid;
    const children = await readFile(`/proc/${keeper}/task/${keeper}/children`, 'utf8');
    return Number(children.split(' ')[0]);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async #configure(): Promise<void> {
    const { name, cluster, roles, httpPort, transportPort, seeds, founders, folder, backups } = this.options;
    const lines = [
      `cluster.name: ${cluster}`,
      `node.name: ${name}`,
      `node.roles: [${roles.join(', ')}]`,
      `path.data: ${join(folder, 'data')}`,
      `path.logs: ${join(folder, 'logs')}`,
      `path.repo: ["${backups}"]`,
      'network.host: 127.0.0.1',
      `http.port: ${httpPort}`,
      `transport.port: ${transportPort}`,
      `discovery.seed_hosts: [${seeds.map((seed) => `"${seed}"`).join(', ')}]`,
      // Only a cluster that was never there is to be made.
      ...(this.#founded ? [] : [`cluster.initial_cluster_manager_nodes: [${founders.join(', ')}]`]),
      'cluster.routing.allocation.disk.threshold_enabled: false',
      '',
    ];
    await writeFile(join(folder, 'config', 'opensearch.yml'), lines.join('\n'));
    await writeFile(join(folder, 'config', 'log4j2.properties'), logging);
  }
}

const logging = `appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`;
