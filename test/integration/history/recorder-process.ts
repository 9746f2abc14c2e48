import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { bareEnvironment } from '../../harness/environment.ts';
import { Program } from '../stack/program.ts';

/** A namespace and a history file, for recorders that are started and killed as a test likes. */
export interface RecorderSite {
  readonly namespace: string;
  readonly historyFile: string;
  /** Starts history/main.ts with these variables too; it ends with the test at the latest. */
  start(this: void, env?: Readonly<Record<string, string>>): Program;
  /** Runs history/main.ts with these arguments to its end. */
  run(this: void, ...args: readonly string[]): Promise<Ended>;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Its namespace, file and programs go with the test. */
export async function recorderSite(): Promise<RecorderSite> {
  const namespace = await uniqueNamespace();
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-history-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const historyFile = join(folder, 'history.sqlite');
  const settings = {
    KUBECONFIG: testCluster().kubeconfigPath,
    FLEETWRIGHT_NAMESPACE: namespace,
    FLEETWRIGHT_WATCH_NAMESPACE: namespace,
    FLEETWRIGHT_HISTORY_FILE: historyFile,
    FLEETWRIGHT_HEALTH_PORT: '0',
    FLEETWRIGHT_LEASE_DURATION_SECONDS: '6',
  };
  return {
    namespace,
    historyFile,
    start: (env = {}) => started({ ...settings, ...env }),
    run: (...args) => runToEnd(args, settings),
  };
}

function started(env: Readonly<Record<string, string>>): Program {
  const program = new Program('the recorder', 'history/main.ts', env);
  onTestFinished(async () => {
    program.kill('SIGKILL');
    await program.stop();
  });
  return program;
}

async function runToEnd(args: readonly string[], settings: Readonly<Record<string, string>>): Promise<Ended> {
  const main = join(import.meta.dirname, '..', '..', '..', 'history', 'main.ts');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, ...args],
      { env: { ...bareEnvironment(), ...settings } },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}
