import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { bareEnvironment } from '../../harness/environment.ts';
import { applyCredential } from './credentials.ts';

/** Of the user who may do all that the REST APIs offer in the namespace of the facade's tasks. */
export const token = 'integration-token-0123456789-0123456789';
export const headers = {
  authorization: `Bearer ${token}`,
  'x-correlation-id': '16-16',
  'x-resource': 'hubble',
} satisfies Readonly<Record<string, string>>;

const main = join(import.meta.dirname, '..', '..', '..', 'apiserver', 'main.ts');

export interface Answer {
  readonly status: number;
  readonly body: {
    readonly code: number;
    readonly message?: string;
    readonly content?: Readonly<Record<string, unknown>>;
  };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

export interface FacadeProcess {
  readonly pid: number;
  readonly url: string;
  readonly healthUrl: string;
  readonly ended: Promise<Ended>;
  /** What it wrote to its log so far. */
  log(this: void): string;
  post(this: void, path: string, body: unknown, more?: Readonly<Record<string, string>>): Promise<Answer>;
  kill(this: void, signal: NodeJS.Signals): void;
  /** Stops it by SIGTERM, if it still runs. */
  stop(this: void): Promise<Ended>;
}

interface LogLine {
  readonly msg: string;
  readonly port?: number;
  readonly healthPort?: number;
}

/**
 * Runs apiserver/main.ts with these variables and nothing else of the test's own settings. Resolves with how it ended.
 */
export function runFacade(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...bareEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stderr,
  }));
  return { child, ended };
}

/** The name of the user who calls with `token`: each namespace has its own, so that tests do not share rights. */
export function userOf(namespace: string): string {
  return `caller-${namespace}`;
}

/**
 * Starts a facade whose tasks, credentials and counter of ids live in the namespace, and lets `userOf` it call;
 * resolves when it listens.
 */
export async function startFacade(
  kubeconfigPath: string,
  namespace: string,
  env: Readonly<Record<string, string>> = {},
): Promise<FacadeProcess> {
  await applyCredential({ name: 'tests', token, user: userOf(namespace), namespace, taskNamespaces: [namespace] });
  return launchFacade(kubeconfigPath, namespace, env);
}

/** The same with the credentials that are there. */
export async function launchFacade(
  kubeconfigPath: string,
  namespace: string,
  env: Readonly<Record<string, string>> = {},
): Promise<FacadeProcess> {
  const { child, ended } = runFacade(['--port', '0', '--health-port', '0'], {
    KUBECONFIG: kubeconfigPath,
    FLEETWRIGHT_NAMESPACE: namespace,
    FLEETWRIGHT_DISPATCH_NAMESPACE: namespace,
    FLEETWRIGHT_KVOL_NAMESPACE: namespace,
    FLEETWRIGHT_SES_NAMESPACE: namespace,
    // Turning calls away is tried on purpose elsewhere; here a busy machine is no reason to.
    FLEETWRIGHT_MAX_LAG_MILLISECONDS: '0',
    ...env,
  });
  if (child.stdout === null) throw new Error('the facade has no output');
  let log = '';
  const ports = Promise.withResolvers<{ readonly port: number; readonly healthPort: number }>();
  let healthPort = 0;
  createInterface(child.stdout).on('line', (line) => {
    log += `${line}\n`;
    const entry = JSON.parse(line) as LogLine;
    healthPort = entry.healthPort ?? healthPort;
    if (entry.msg === 'listening' && entry.port !== undefined) ports.resolve({ port: entry.port, healthPort });
  });
  const early = ended.then(({ stderr }): never => {
    throw new Error(`the facade ended before it listened: ${stderr}${log}`);
  });
  const { port } = await Promise.race([ports.promise, early]);
  early.catch(() => undefined);
  const url = `${env['FLEETWRIGHT_TLS_KEY_FILE'] === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  return {
    pid: child.pid ?? 0,
    url,
    healthUrl: `http://127.0.0.1:${healthPort}`,
    ended,
    log: () => log,
    kill: (signal) => void child.kill(signal),
    async post(path, body, more = {}) {
      const answer = await fetch(url + path, {
        method: 'POST',
        headers: { ...headers, ...more },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      return { status: answer.status, body: (await answer.json()) as Answer['body'] };
    },
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      return ended;
    },
  };
}
