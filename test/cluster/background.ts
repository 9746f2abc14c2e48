import { fork } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readLivingState, removeState } from './background-state.ts';
import type { BackgroundState } from './background-state.ts';
import type { Log } from './binaries/progress.ts';
import { placesFrom } from './binaries/lookup.ts';
import { checkoutName } from './checkout.ts';
import type { DaemonMessage } from './daemon.ts';
import { ClusterError, hasErrno } from './errors.ts';
import { runKubectl } from './kubectl.ts';
import { withLock } from './lock.ts';
import { isSameProcess } from './process-identity.ts';

const stopTimeoutMs = 30_000;

/**
 * The control plane in the background that `stateFolder` records: the running one, or a new one. Throws what
 * startControlPlane throws, as one ClusterError COMPONENT_FAILED.
 */
export async function up(stateFolder: string, log: Log): Promise<BackgroundState> {
  return exclusively(stateFolder, log, async () => {
    const running = await readLivingState(stateFolder);
    if (running !== undefined && (await isReady(running))) {
      return running;
    }
    if (running !== undefined) {
      log('the control plane in the background does not answer any more; starting it anew');
    }
    await stopRecorded(stateFolder);
    await mkdir(stateFolder, { recursive: true, mode: 0o700 });
    return startDaemon(stateFolder, log);
  });
}

/** Ends the recorded control plane and removes its traces. Returns whether one was running. */
export async function down(stateFolder: string, log: Log): Promise<boolean> {
  return exclusively(stateFolder, log, () => stopRecorded(stateFolder));
}

/** Whether the API server of a recorded control plane says that it is ready. */
export async function isReady(state: BackgroundState): Promise<boolean> {
  const access = {
    kubectlPath: state.kubectlPath,
    kubeconfigPath: state.kubeconfigPath,
    cacheFolder: join(state.folder, 'kubectl-cache'),
  };
  const result = await runKubectl(access, ['get', '--raw=/readyz', '--request-timeout=5s']);
  return result.code === 0;
}

/** The lock lies outside the checkout, so that it does not keep the state folder from being removed. */
function exclusively<T>(stateFolder: string, log: Log, work: () => Promise<T>): Promise<T> {
  const lock = join(placesFrom(process.env).cacheFolder, `${checkoutName(stateFolder)}.lock`);
  return withLock(lock, work, {
    onWait: (owner) => log(`process ${owner} is starting or stopping this checkout's control plane; waiting for it`),
  });
}

async function startDaemon(stateFolder: string, log: Log): Promise<BackgroundState> {
  const child = fork(join(import.meta.dirname, 'daemon.ts'), [stateFolder], {
    detached: true,
    cwd: dirname(stateFolder),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        reject(new ClusterError('COMPONENT_FAILED', `The background process ended with exit code ${code}. Try again.`));
      });
      child.on('message', (message: DaemonMessage) => {
        if (message.kind === 'line') {
          log(message.line);
        } else if (message.kind === 'ready') {
          resolve(message.state);
        } else {
          reject(new ClusterError('COMPONENT_FAILED', message.message));
        }
      });
    });
  } finally {
    if (child.connected) {
      child.disconnect();
    }
    child.unref();
  }
}

async function stopRecorded(stateFolder: string): Promise<boolean> {
  const state = await readLivingState(stateFolder);
  if (state !== undefined) {
    signal(state.pid, 'SIGTERM');
    const deadline = Date.now() + stopTimeoutMs;
    while (await isSameProcess(state)) {
      if (Date.now() > deadline) {
        // Its keeper ends the programs and removes the folder all the same.
        signal(state.pid, 'SIGKILL');
      }
      await delay(50);
    }
  }
  await removeState(stateFolder);
  return state !== undefined;
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It may end on its own at any moment.
    if (!hasErrno(error, 'ESRCH')) {
      throw error;
    }
  }
}
