import { setTimeout as delay } from 'node:timers/promises';
import { StopError } from './errors.ts';
import { runMarker } from './isolation.ts';
import { findRunProcesses, isAlive, sendSignal } from './processes.ts';
import type { ProcessIdentity } from './processes.ts';
import type { RunPaths } from './run-folder.ts';

/** Milliseconds the supervisor has to record the end of a run whose processes were killed, on a busy machine too. */
const RECORD_TIME = 10_000;
/** Milliseconds after which processes that survive SIGKILL are given up. */
const GIVE_UP_TIME = 20_000;
const LOOK_INTERVAL = 20;

/**
 * Kills every process of a run and waits until they are gone. The supervisor is spared for a while, so that it can
 * record the end.
 * @throws StopError when some cannot be killed.
 */
export async function killRun(id: string, paths: RunPaths, supervisor: ProcessIdentity): Promise<void> {
  const start = performance.now();
  for (;;) {
    const supervised = await isAlive(supervisor);
    const processes = await findRunProcesses(runMarker(paths.folder), supervised ? supervisor.pid : undefined);
    if (processes.length === 0) {
      return;
    }
    const elapsed = performance.now() - start;
    if (elapsed > GIVE_UP_TIME) {
      throw new StopError(
        id,
        processes.map(({ pid }) => pid),
      );
    }
    for (const { pid } of processes) {
      if (pid !== supervisor.pid || elapsed > RECORD_TIME) {
        sendSignal(pid, 'SIGKILL');
      }
    }
    // These are no children of this process: there is no event for their end.
    await delay(LOOK_INTERVAL);
  }
}
