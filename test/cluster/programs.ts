import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { removeCgroup } from './cgroups.ts';
import type { ProgramSpec } from './keeper-protocol.ts';

/** What a program that is to run again gets to finish its requests and save its data. */
const graceMs = 5_000;
/** At the end of it all nothing is worth saving; an API server would wait a minute for its clients to hang up. */
const finalGraceMs = 1_000;

interface Running {
  readonly child: ChildProcess;
  readonly abrupt: boolean;
  readonly exited: Promise<void>;
}

/** The children of the keeper process: starts them, and stops them in the reverse order. */
export class Programs {
  readonly #running = new Map<string, Running>();
  readonly #folder: string;
  readonly #onExit: (name: string, pid: number, how: string) => void;

  constructor(folder: string, onExit: (name: string, pid: number, how: string) => void) {
    this.#folder = folder;
    this.#onExit = onExit;
  }

  /** Returns the pid. Rejects when the program cannot be executed at all or one of that name runs already. */
  async start(spec: ProgramSpec): Promise<number> {
    if (this.#running.has(spec.name)) {
      throw new Error(`${spec.name} is running already: stop it first.`);
    }
    const log = openSync(spec.logFile, 'a', 0o600);
    // HOME is the folder, so that no program reads or writes the user's own configuration.
    const child = spawn(spec.command, spec.args, {
      stdio: ['ignore', log, log],
      cwd: this.#folder,
      // GOGC: more memory, and far less work for the garbage collectors of what runs for minutes.
      env: { PATH: process.env['PATH'], HOME: this.#folder, TMPDIR: this.#folder, GOGC: '200' },
    });
    closeSync(log);
    const exited = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    }).then(() => (spec.cgroup === undefined ? undefined : removeCgroup(spec.cgroup)));
    // A group that cannot be removed is told to whoever stops the program, if anybody does.
    exited.catch(() => {});
    child.once('exit', (code, signal) => {
      this.#running.delete(spec.name);
      this.#onExit(spec.name, child.pid ?? 0, signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    this.#running.set(spec.name, { child, exited, abrupt: spec.abrupt ?? false });
    return child.pid ?? 0;
  }

  /** Ends one program and waits until it is gone. SIGTERM is followed by SIGKILL after the grace period. */
  async stop(name: string, signal: 'SIGTERM' | 'SIGKILL', patienceMs = graceMs): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) {
      return;
    }
    running.child.kill(running.abrupt ? 'SIGKILL' : signal);
    // A program that a test paused takes no SIGTERM until it is continued.
    running.child.kill('SIGCONT');
    const impatience = new AbortController();
    const tooLate = delay(patienceMs, undefined, { signal: impatience.signal }).then(
      () => running.child.kill('SIGKILL'),
      () => false,
    );
    await running.exited;
    impatience.abort();
    await tooLate;
  }

  async stopAll(): Promise<void> {
    for (const name of [...this.#running.keys()].toReversed()) {
      await this.stop(name, 'SIGTERM', finalGraceMs);
    }
  }
}
