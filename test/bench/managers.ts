import { join } from 'node:path';

import { placesFrom } from '../cluster/binaries/lookup.ts';
import { pickPorts } from '../cluster/ports.ts';
import { Child } from './child.ts';
import { cpuTime, memoryUse, waitTime, type MemoryUse } from './process-stats.ts';

/** One of the managers that are compared. */
export type VariantName = 'go-http1' | 'go' | 'typescript';

export interface Host {
  readonly kubeconfigPath: string;
  readonly peerPath: string;
  /** Where the managers' logs go. */
  readonly folder: string;
}

/** A manager's process under measurement. */
export class RunningManager {
  /** When the process was started, milliseconds of performance.now(). */
  readonly startedAt: number;
  readonly #child: Child;
  readonly #metricsUrl: string;

  static async start(variant: VariantName, host: Host): Promise<RunningManager> {
    const [port] = await pickPorts(1);
    const { command, args, env } = commandOf(variant, host, port ?? 0);
    const startedAt = performance.now();
    const logFile = join(host.folder, `${variant}.log`);
    const child = new Child({
      name: `the ${variant} manager`,
      command,
      args,
      env: { KUBECONFIG: host.kubeconfigPath, ...env },
      logFile,
    });
    return new RunningManager(child, startedAt, `http://127.0.0.1:${port}/metrics`);
  }

  private constructor(child: Child, startedAt: number, metricsUrl: string) {
    this.#child = child;
    this.startedAt = startedAt;
    this.#metricsUrl = metricsUrl;
  }

  /** Awaits `work`. @throws BenchError when the manager ends before. */
  async during<R>(work: Promise<R>): Promise<R> {
    return this.#child.during(work);
  }

  /** Milliseconds of processor time since its start. */
  async cpu(): Promise<number> {
    return cpuTime(this.#child.pid);
  }

  /** Milliseconds that it has waited for a processor since its start. */
  async waited(): Promise<number> {
    return waitTime(this.#child.pid);
  }

  async memory(): Promise<MemoryUse> {
    return memoryUse(this.#child.pid);
  }

  /** Passes that its controller has ended, by its own metrics. */
  async reconciles(): Promise<number> {
    const text = await (await fetch(this.#metricsUrl)).text();
    const samples = [...text.matchAll(/^controller_runtime_reconcile_total\{[^}]*\} (\S+)$/gm)];
    return samples.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}

/** How a product starts its manager. */
export const nodeFlags = ['--max-semi-space-size=4'];

/**
 * With the cache, Node neither strips the types nor compiles anew at each start: 20 MiB and a third of the start's time
 * less.
 */
export function nodeEnvironment(): Readonly<Record<string, string>> {
  return { NODE_COMPILE_CACHE: join(placesFrom(process.env).cacheFolder, '..', 'compiled') };
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

function commandOf(variant: VariantName, { peerPath }: Host, port: number): Command {
  if (variant === 'typescript') {
    return {
      command: process.execPath,
      args: [...nodeFlags, join(import.meta.dirname, 'widget-manager.ts'), `--health-port=${port}`],
      env: nodeEnvironment(),
    };
  }
  return {
    command: peerPath,
    args: [`--metrics-address=127.0.0.1:${port}`],
    env: variant === 'go-http1' ? { DISABLE_HTTP2: '1' } : {},
  };
}
