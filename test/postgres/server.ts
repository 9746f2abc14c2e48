import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

import { Client } from 'pg';

import type { PostgresPlace } from '../../history/postgres/place.ts';
import { pickPorts } from '../cluster/ports.ts';
import type { TestPair } from '../tls/certificates.ts';
import { postgresAvailable } from './available.ts';

/** An unprivileged user: PostgreSQL does not run as root. */
const nobody = 65_534;
const asOther = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

const user = 'fleetwright';
/** Milliseconds; as long as a busy machine takes. */
const patience = 120_000;

/**
 * How a server comes to its end. `fast`: connections are cut, nothing is left to do; `kill`: all its processes by -9;
 * `commit`: the same in the midst of the next commit, which somebody has to ask for.
 */
export type Ending = 'fast' | 'kill' | 'commit';

export interface ServerOptions {
  /** Its certificate; without it there is no TLS. */
  readonly tls?: TestPair;
  /** As in postgresql.conf, each as name=value. */
  readonly settings?: readonly string[];
}

/**
 * A PostgreSQL of its own, on loopback, with a password, in a folder that goes with it. Ends with `close`, and also
 * when this process dies.
 */
export class PostgresServer {
  readonly port: number;
  readonly #programs: string;
  readonly #folder: string;
  readonly #settings: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(programs: string, folder: string, port: number, settings: readonly string[]) {
    this.#programs = programs;
    this.#folder = folder;
    this.#settings = settings;
    this.port = port;
  }

  /** @throws Error where PostgreSQL is not installed */
  static async start({ tls, settings = [] }: ServerOptions = {}): Promise<PostgresServer> {
    const available = await postgresAvailable();
    if (!available.ok) throw new Error(available.reason);
    const folder = await mkdtemp(join(tmpdir(), 'fleetwright-postgres-'));
    if (asOther.uid !== undefined) await chown(folder, asOther.uid, asOther.gid);
    const [port = 0] = await pickPorts(1);
    const server = new PostgresServer(available.folder, folder, port, [
      ...settings,
      ...(await tlsSettings(folder, tls)),
    ]);
    try {
      await server.#initialize();
      await server.start();
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  get passwordFile(): string {
    return join(this.#folder, 'password');
  }

  /** Where a new history may be: a schema of its own. */
  async newPlace(connections = 5): Promise<PostgresPlace> {
    const schema = `history_${randomBytes(6).toString('hex')}`;
    await this.query(`CREATE SCHEMA ${schema}`);
    return this.placeOf(schema, connections);
  }

  placeOf(schema: string, connections = 5): PostgresPlace {
    return {
      url: `postgres://${user}@127.0.0.1:${this.port}/postgres?sslmode=disable&options=-csearch_path%3D${schema}`,
      passwordFile: this.passwordFile,
      connections,
    };
  }

  /** Statements by a connection of their own, as the owner of all. */
  async query(sql: string, place?: PostgresPlace): Promise<readonly Record<string, unknown>[]> {
    const options = place === undefined ? undefined : new URL(place.url).searchParams.get('options');
    const client = new Client({
      host: this.#folder,
      port: this.port,
      user,
      database: 'postgres',
      password: await readFile(this.passwordFile, 'utf8'),
      ...(options === undefined || options === null ? {} : { options }),
    });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts it again, with all that it had. */
  async start(): Promise<void> {
    for (const giveUp = performance.now() + patience; ;) {
      this.#process = await this.#spawn();
      if (await this.#answers(this.#process)) return;
      if (performance.now() > giveUp) throw new Error(`PostgreSQL does not start: ${(await this.log()).slice(-2000)}`);
      // Children of one that was killed may hold its memory for a moment.
      await delay(100);
    }
  }

  async stop(ending: Ending = 'fast'): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    if (ending === 'commit') await this.#untilOneIsHeld();
    this.#process = undefined;
    const ended = once(running, 'exit');
    if (ending === 'fast') running.kill('SIGINT');
    else signal(await haltedWithChildren(running), 'SIGKILL');
    await ended;
  }

  /**
   * From now on what is committed is on the disk, but whoever asked for it does not hear of it: each commit waits for
   * another server to have it too, and there is none. Until the end of the server.
   */
  async holdCommits(): Promise<void> {
    await this.query(`ALTER SYSTEM SET synchronous_standby_names = 'another'`);
    await this.query('SELECT pg_reload_conf()');
  }

  /** Lets it stand still, with all its connections, as behind a network that is cut; undone by the function. */
  async freeze(): Promise<() => void> {
    const pids = this.#process === undefined ? [] : await haltedWithChildren(this.#process);
    return () => signal(pids, 'SIGCONT');
  }

  /** All that it has said. */
  async log(): Promise<string> {
    return readFile(join(this.#folder, 'log'), 'utf8').catch(() => '');
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  async #initialize(): Promise<void> {
    await writeFile(this.passwordFile, randomBytes(12).toString('hex'), { mode: 0o600 });
    if (asOther.uid !== undefined) await chown(this.passwordFile, asOther.uid, asOther.gid);
    const data = join(this.#folder, 'data');
    const flags = ['--encoding=UTF8', '--locale=C.UTF-8', '--auth=scram-sha-256', '--no-sync', '--no-instructions'];
    await promisify(execFile)(
      join(this.#programs, 'initdb'),
      [`--pgdata=${data}`, `--username=${user}`, `--pwfile=${this.passwordFile}`, ...flags],
      { ...asOther, cwd: this.#folder },
    );
  }

  async #spawn(): Promise<ChildProcess> {
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${this.port}`,
      `unix_socket_directories=${this.#folder}`,
      'shared_buffers=32MB',
      'max_connections=60',
      // It dies, but the machine does not.
      'fsync=off',
      ...this.#settings,
    ];
    const log = await open(join(this.#folder, 'log'), 'a');
    try {
      const as = asOther.uid === undefined ? [] : [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
      return spawn(
        'setpriv',
        [
          '--pdeathsig=INT',
          ...as,
          join(this.#programs, 'postgres'),
          '-D',
          join(this.#folder, 'data'),
          ...settings.flatMap((setting) => ['-c', setting]),
        ],
        { cwd: this.#folder, stdio: ['ignore', log.fd, log.fd] },
      );
    } finally {
      await log.close();
    }
  }

  async #untilOneIsHeld(): Promise<void> {
    await this.holdCommits();
    const held = `SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
    for (const giveUp = performance.now() + patience; (await this.query(held)).length === 0; await delay(20))
      if (performance.now() > giveUp) throw new Error('nothing was committed to PostgreSQL');
    // For the next start.
    await this.query('ALTER SYSTEM RESET synchronous_standby_names');
  }

  /** @returns false when it ended instead */
  async #answers(running: ChildProcess): Promise<boolean> {
    for (const giveUp = performance.now() + patience; performance.now() < giveUp; await delay(50)) {
      if (running.exitCode !== null || running.signalCode !== null) return false;
      try {
        await this.query('SELECT 1');
        return true;
      } catch {
        // Not yet.
      }
    }
    return false;
  }
}

/** Stops the server, so that it starts nothing more, and all that it has started. @returns their ids */
async function haltedWithChildren({ pid = 0 }: ChildProcess): Promise<readonly number[]> {
  signal([pid], 'SIGSTOP');
  // Before that it may begin one more.
  while (!/^State:\s+T/m.test(await readFile(`/proc/${pid}/status`, 'utf8'))) await delay(1);
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  const pids = children.split(' ').filter((each) => each !== '');
  signal(pids.map(Number), 'SIGSTOP');
  return [pid, ...pids.map(Number)];
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Gone.
    }
  }
}

async function tlsSettings(folder: string, tls: TestPair | undefined): Promise<readonly string[]> {
  if (tls === undefined) return [];
  const files = { ssl_cert_file: tls.certificate, ssl_key_file: tls.key };
  const settings = ['ssl=on'];
  for (const [setting, content] of Object.entries(files)) {
    const path = join(folder, setting);
    await writeFile(path, content);
    await chmod(path, 0o600);
    if (asOther.uid !== undefined) await chown(path, asOther.uid, asOther.gid);
    settings.push(`${setting}=${path}`);
  }
  return settings;
}
