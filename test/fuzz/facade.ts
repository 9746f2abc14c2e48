import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { bareEnvironment } from '../harness/environment.ts';
import { FuzzError } from './errors.ts';

const main = join(import.meta.dirname, '..', '..', 'apiserver', 'main.ts');

/** pino's number for errors. */
const errorLevel = 50;
/** So many lines of the log are shown of a facade that ended. */
const shown = 10;

export interface FacadeSettings {
  readonly kubeconfigPath: string;
  readonly namespace: string;
  readonly taskNamespace: string;
  readonly mode: 'documented' | 'original';
}

/** A facade that is called by the tool. */
export interface FuzzedFacade {
  readonly url: string;
  /** What it logged as errors, each line once however often it came. */
  readonly errors: readonly string[];
  /** Stops it. @returns undefined, or how it ended if it did not by itself. */
  stop(this: void): Promise<string | undefined>;
}

interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly port?: number;
  readonly err?: { readonly message?: string };
}

/** @returns a facade that listens. @throws FuzzError FACADE_FAILED when it ends before */
export async function startFacade({
  kubeconfigPath,
  namespace,
  taskNamespace,
  mode,
}: FacadeSettings): Promise<FuzzedFacade> {
  const env = {
    ...bareEnvironment(),
    KUBECONFIG: kubeconfigPath,
    FLEETWRIGHT_NAMESPACE: namespace,
    FLEETWRIGHT_DISPATCH_NAMESPACE: taskNamespace,
    FLEETWRIGHT_DISPATCH_MODE: mode,
    FLEETWRIGHT_JOBX_MODE: mode,
    FLEETWRIGHT_STAGE_MODE: mode,
  };
  const child = spawn(process.execPath, [main, '--port', '0', '--health-port', '0'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > shown) lines.shift();
  };
  const errors = new Set<string>();
  const listening = Promise.withResolvers<number>();
  createInterface(child.stderr).on('line', keep);
  createInterface(child.stdout).on('line', (line) => {
    keep(line);
    const { level, msg, port, err } = JSON.parse(line) as LogLine;
    if (level >= errorLevel) errors.add(`${msg}: ${err?.message ?? ''}`);
    if (msg === 'listening' && port !== undefined) listening.resolve(port);
  });
  const ended = once(child, 'close').then(([code, signal]) =>
    signal === null ? `exit code ${String(code)}` : String(signal),
  );
  const early = ended.then((how): never => {
    throw new FuzzError(
      'FACADE_FAILED',
      `the facade ended (${how}) before it listened. The end of its log:\n${lines.join('\n')}`,
    );
  });
  const port = await Promise.race([listening.promise, early]);
  early.catch(() => undefined);
  return {
    url: `http://127.0.0.1:${port}`,
    get errors() {
      return [...errors];
    },
    async stop() {
      child.kill('SIGTERM');
      const how = await ended;
      return how === 'exit code 0' ? undefined : `the facade ended by ${how}. The end of its log:\n${lines.join('\n')}`;
    },
  };
}
