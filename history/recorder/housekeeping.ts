import type { Logger } from 'pino';

import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { pause } from '../../kube/backoff.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { keyOf } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Hands } from './act.ts';
import { operationsOf } from './operations.ts';
import { readRunLog } from './runlog.ts';

export interface Housekeeper extends Pick<Hands, 'client' | 'store' | 'metrics'> {
  readonly tasks: ReadStore<AgentTask>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Only tasks of this namespace; all when undefined. */
  readonly namespace: string | undefined;
  /** For how many days the details of a task are kept after its end; 0: for ever. */
  readonly retentionDays: number;
}

const hour = 3_600_000;
const day = 24 * hour;
/** Tasks looked at, and pruned, in one go: nothing else goes on in this process meanwhile. */
const atOnce = 100;
/** Milliseconds between two goes, for all else. */
const breath = 20;

/** Ends the records of tasks that went while nobody watched, and prunes: at once, then every hour, until the signal aborts. */
export async function keepHouse(keeper: Housekeeper, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const chore of [endVanished, prune]) {
      try {
        await chore(keeper, signal);
      } catch (error) {
        keeper.log.warn({ err: error }, 'housekeeping failed and is tried again in an hour');
      }
    }
    await pause(hour, signal);
  }
}

/** A task that was deleted while no recorder ran, and that nothing held: its record ends with what was seen last. @returns how many */
export async function endVanished(keeper: Housekeeper, signal: AbortSignal): Promise<number> {
  const { store, tasks, namespace } = keeper;
  let ended = 0;
  let after: string | undefined;
  while (!signal.aborted) {
    const open = await store.unfinished(namespace, after, atOnce);
    for (const task of open) {
      if (tasks.get(keyOf(task))?.metadata.uid === task.metadata.uid || !(await isGone(keeper, task))) continue;
      await endRecord(keeper, task);
      ended += 1;
    }
    after = open.at(-1)?.metadata.uid;
    if (open.length < atOnce) break;
    await pause(breath, signal);
  }
  if (ended > 0) keeper.log.info({ tasks: ended }, 'tasks went while no recorder ran: recorded as they were seen last');
  return ended;
}

async function endRecord({ client, store, metrics, log }: Housekeeper, task: AgentTask): Promise<void> {
  const steps = await readRunLog(client, task, log.child({ key: keyOf(task) }));
  await store.complete(task, steps, operationsOf(task));
  metrics.recorded('vanished', steps.length);
}

/** Asks the API server itself: the cache may not have heard yet of what another recorder saw. */
async function isGone({ client }: Housekeeper, task: AgentTask): Promise<boolean> {
  try {
    return (await client.get(agentTasks, task.metadata)).metadata.uid !== task.metadata.uid;
  } catch (error) {
    if (error instanceof NotFoundError) return true;
    throw error;
  }
}

/** In small steps, since whoever reads or records waits meanwhile. @returns how many tasks */
export async function prune(
  { store, clock, metrics, log, retentionDays }: Housekeeper,
  signal: AbortSignal,
): Promise<number> {
  if (retentionDays === 0) return 0;
  const endedBefore = new Date(clock.now().getTime() - retentionDays * day);
  let pruned = 0;
  while (!signal.aborted) {
    const step = await store.prune(endedBefore, atOnce);
    metrics.pruned(step);
    pruned += step;
    if (step < atOnce) break;
    await pause(breath, signal);
  }
  if (pruned > 0) log.info({ tasks: pruned, endedBefore }, 'details of old tasks were forgotten');
  return pruned;
}
