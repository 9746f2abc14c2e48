/**
 * The background process of `cli.ts up`: owns one control plane, records it in the state folder, and ends it on
 * SIGTERM. Until it is ready it ends with whoever started it; from then on it stands alone.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeState, writeState } from './background-state.ts';
import type { BackgroundState } from './background-state.ts';
import { startControlPlane } from './control-plane.ts';
import { messageOf } from './errors.ts';
import { identifyProcess } from './process-identity.ts';

export type DaemonMessage =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'ready'; readonly state: BackgroundState }
  | { readonly kind: 'failed'; readonly message: string };

function tell(message: DaemonMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) {
      process.send(message, undefined, {}, () => resolve());
    } else {
      resolve();
    }
  });
}

/**
 * The keeper cleans up behind a process that just goes, which is all there is to do before anyone has been told of the
 * cluster.
 */
function giveUp(): void {
  process.exit(1);
}

async function main(stateFolder: string): Promise<void> {
  process.once('disconnect', giveUp);
  const plane = await startControlPlane({ log: (line) => void tell({ kind: 'line', line }) });
  const kubeconfigPath = join(stateFolder, 'kubeconfig');
  await writeFile(kubeconfigPath, plane.kubeconfig, { mode: 0o600 });
  const state: BackgroundState = {
    pid: process.pid,
    started: (await identifyProcess(process.pid))?.started ?? '',
    kubeconfigPath,
    kubectlPath: plane.kubectlPath,
    url: plane.url,
    folder: plane.folder,
  };
  await writeState(stateFolder, state);
  const end = async (): Promise<void> => {
    await plane.stop();
    await removeState(stateFolder);
    process.exit(0);
  };
  // Waiting for signals alone does not keep a process running.
  setInterval(() => {}, 2 ** 30);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => void end());
  }
  process.off('disconnect', giveUp);
  await tell({ kind: 'ready', state });
}

try {
  const stateFolder = process.argv[2];
  if (stateFolder === undefined) {
    throw new Error('The state folder is missing: use `node test/cluster/cli.ts up`.');
  }
  await main(stateFolder);
} catch (error) {
  await tell({ kind: 'failed', message: messageOf(error) });
  process.exit(1);
}
