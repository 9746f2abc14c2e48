import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from './errors.ts';
import type { KeeperMessage, KeeperRequest, ProgramSpec } from './keeper-protocol.ts';

type Command = KeeperRequest extends infer R ? (R extends KeeperRequest ? Omit<R, 'id'> : never) : never;

interface Waiting {
  readonly command: Command;
  readonly resolve: (pid: number) => void;
  readonly reject: (error: Error) => void;
}

/** The owner's side of a keeper process (keeper.ts). Open it with `Keeper.open()`, end it with `end()`. */
export class Keeper {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #pids = new Map<string, number>();
  /** How programs ended that were not started again. */
  readonly #ended = new Map<string, string>();
  readonly #exits = new EventEmitter<Record<string, [how: string]>>();
  #lastId = 0;
  #gone = false;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.folder = folder;
    child.on('message', (message: KeeperMessage) => this.#receive(message));
    child.once('exit', () => this.#keeperDied());
    this.#exits.setMaxListeners(0);
    // An owner that forgets to stop its control plane still ends when its own work is done.
    child.unref();
    child.channel?.unref();
  }

  /** Starts a keeper, which makes the folder. Throws ClusterError KEEPER_GONE when the process cannot start. */
  static async open(): Promise<Keeper> {
    const child = fork(join(import.meta.dirname, 'keeper.ts'), [], {
      detached: true,
      cwd: '/',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString('utf8')).slice(-2000);
    });
    const folder = await new Promise<string>((resolve, reject) => {
      const failed = (): void => {
        reject(new ClusterError('KEEPER_GONE', `The keeper process did not start: ${complaint.trim()}`));
      };
      child.once('exit', failed);
      child.once('error', failed);
      child.once('message', (message: KeeperMessage) => {
        child.off('exit', failed);
        if (message.kind === 'opened') {
          resolve(message.folder);
        } else {
          failed();
        }
      });
    });
    if (child.stderr !== null && 'unref' in child.stderr && typeof child.stderr.unref === 'function') {
      child.stderr.unref();
    }
    return new Keeper(child, folder);
  }

  /** Starts a program and returns its pid. */
  async start(spec: ProgramSpec): Promise<number> {
    return this.#ask({ op: 'spawn', spec });
  }

  /** Ends a program and waits until it is gone; does nothing when it does not run. */
  async stop(name: string, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#ask({ op: 'stop', name, signal });
  }

  /** Calls back once when the program ends, at once if it has; returns a function that takes the listener off again. */
  onExit(name: string, listener: (how: string) => void): () => void {
    const ended = this.#ended.get(name);
    if (ended === undefined) this.#exits.once(name, listener);
    else listener(ended);
    return () => this.#exits.off(name, listener);
  }

  /** Ends every program, removes the folder and waits until the keeper itself is gone. */
  async end(): Promise<void> {
    if (this.#gone) {
      return;
    }
    const gone = new Promise<void>((resolve) => {
      this.#child.once('exit', () => resolve());
    });
    this.#child.ref();
    await this.#ask({ op: 'end' });
    await gone;
  }

  #ask(command: Command): Promise<number> {
    if (this.#gone) {
      return Promise.reject(keeperGone());
    }
    const id = ++this.#lastId;
    this.#child.channel?.ref();
    const answered = new Promise<number>((resolve, reject) => {
      this.#waiting.set(id, { command, resolve, reject });
    });
    this.#child.send({ ...command, id } satisfies KeeperRequest);
    return answered.finally(() => {
      if (this.#waiting.size === 0) {
        this.#child.channel?.unref();
      }
    });
  }

  #receive(message: KeeperMessage): void {
    if (message.kind === 'exit') {
      if (this.#pids.get(message.name) === message.pid) {
        this.#pids.delete(message.name);
      }
      this.#ended.set(message.name, message.how);
      this.#exits.emit(message.name, message.how);
    } else if (message.kind === 'answer') {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error === undefined) {
        // Not where the answer is awaited: the end of the program may be the next message, and comes before that.
        if (waiting?.command.op === 'spawn') this.#started(waiting.command.spec.name, message.pid ?? 0);
        waiting?.resolve(message.pid ?? 0);
      } else {
        waiting?.reject(new ClusterError('COMPONENT_FAILED', message.error));
      }
    }
  }

  #started(name: string, pid: number): void {
    this.#pids.set(name, pid);
    this.#ended.delete(name);
  }

  /** Expected after end(). Otherwise someone killed the keeper, and its programs are left to us. */
  #keeperDied(): void {
    this.#gone = true;
    for (const pid of this.#pids.values()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
    }
    this.#pids.clear();
    for (const waiting of this.#waiting.values()) {
      waiting.reject(keeperGone());
    }
    this.#waiting.clear();
    void rm(this.folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
  }
}

function keeperGone(): ClusterError {
  return new ClusterError(
    'KEEPER_GONE',
    'The control plane has been stopped: start a new one with startControlPlane().',
  );
}
