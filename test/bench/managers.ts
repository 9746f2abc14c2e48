import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { placesFrom } from '../cluster/binaries/lookup.ts';
import { pickPorts } from '../cluster/ports.ts';
import { BenchError } from './errors.ts';
import { cpuTime, memoryUse, type MemoryUse } from './process-stats.ts';

/** One of the managers that are compared. */
export type VariantName = 'go-http1' | 'go' | 'typescript';

export interface Host {
  readonly kubeconfigPath: string;
  readonly peerPath: string;
  /** Where the managers' logs go. */
  readonly folder: string;
}

/** What a stopped manager may take to end before it is killed, milliseconds. */
const patience = 15_000;

/** A manager's process under measurement. */
export class RunningManager {
  readonly variant: VariantName;
  /** When the process was started, milliseconds of performance.now(). */
  readonly startedAt: number;
  readonly #child: ChildProcess;
  readonly #metricsUrl: string;
  readonly #exited: Promise<string>;
  readonly #logFile: string;
  #stopping = false;

  static async start(variant: VariantName, host: Host): Promise<RunningManager> {
    const [port] = await pickPorts(1);
    const { command, args, env } = commandOf(variant, host, port ?? 0);
    const logFile = join(host.folder, `${variant}.log`);
    const log = openSync(logFile, 'a', 0o600);
    const startedAt = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, KUBECONFIG: host.kubeconfigPath, ...env } });
    closeSync(log);
    return new RunningManager({ variant, startedAt, child, logFile, metricsUrl: `http://127.0.0.1:${port}/metrics` });
  }

  private constructor({ variant, startedAt, child, logFile, metricsUrl }: { variant: VariantName; startedAt: number; child: ChildProcess; logFile: string; metricsUrl: string }) {
    this.variant = variant;
    this.startedAt = startedAt;
    this.#child = child;
    this.#logFile = logFile;
    this.#metricsUrl = metricsUrl;
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
      child.once('error', (error) => resolve(error.message));
    });
  }

  /** Awaits `work`. @throws BenchError with the end of the manager's log when the manager ends before. */
  async during<R>(work: Promise<R>): Promise<R> {
    const ended = this.#exited.then(async (how) => {
      if (this.#stopping) return;
      const tail = (await readFile(this.#logFile, 'utf8')).trimEnd().split('\n').slice(-10).join('\n');
      throw new BenchError('MANAGER_FAILED', `the ${this.variant} manager ended (${how}) while it was measured. The end of its log:\n${tail}`);
    });
    // `ended` only ever rejects first, or comes after `work` is settled.
    const outcome = await Promise.race([work, ended.then(() => work)]);
    return outcome;
  }

  /** Milliseconds of processor time since its start. */
  async cpu(): Promise<number> {
    return cpuTime(this.#pid);
  }

  async memory(): Promise<MemoryUse> {
    return memoryUse(this.#pid);
  }

  /** Passes that its controller has ended, by its own metrics. */
  async reconciles(): Promise<number> {
    const text = await (await fetch(this.#metricsUrl)).text();
    const samples = [...text.matchAll(/^controller_runtime_reconcile_total\{[^}]*\} (\S+)$/gm)];
    return samples.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  /** Ends it as Kubernetes does, so that it gives its lease back. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.kill('SIGTERM');
    const tooLate = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    await this.#exited;
    clearTimeout(tooLate);
  }

  get #pid(): number {
    return this.#child.pid ?? 0;
  }
}

function compileCacheFolder(): string {
  return join(placesFrom(process.env).cacheFolder, '..', 'compiled');
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function commandOf(variant: VariantName, { peerPath }: Host, port: number): Command {
  if (variant === 'typescript') {
    const program = join(import.meta.dirname, 'widget-manager.ts');
    // With the cache, Node neither strips the types nor compiles anew at each start: 20 MiB and a third of the start's time less.
    return { command: process.execPath, args: ['--max-semi-space-size=4', program, `--health-port=${port}`], env: { NODE_COMPILE_CACHE: compileCacheFolder() } };
  }
  return { command: peerPath, args: [`--metrics-address=127.0.0.1:${port}`], env: variant === 'go-http1' ? { DISABLE_HTTP2: '1' } : {} };
}
