import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Pass, Result } from '../../kube/controller.ts';
import type { ReadStore } from '../../kube/store.ts';
import { act, complete, type Hands } from './act.ts';
import type { Departed } from './departed.ts';
import { plan } from './plan.ts';

/** What one pass works with. */
export interface Workplace extends Hands {
  readonly tasks: ReadStore<AgentTask>;
  readonly departed: Departed;
  readonly clock: Clock;
}

/** How long (milliseconds) to wait for the cache to show our own last write. */
const staleCache = 100;

/** One pass over the tasks of one name: those that are gone, and the one that is there. */
export async function reconcile(key: string, pass: Pass, place: Workplace): Promise<Result> {
  for (const task of place.departed.of(key)) await bury(key, task, pass, place);
  const task = place.tasks.get(key);
  if (task === undefined) {
    place.ownWrites.forget(agentTasks, key);
    return {};
  }
  if (place.ownWrites.isStale(agentTasks, task)) return { requeueAfter: staleCache };
  const { intents, requeueAfter } = plan(await place.notes.observe(task), place.clock.now());
  await act(task, intents, place, pass.log);
  if (intents.includes('complete')) pass.log.info({ phase: task.status?.phase, uid: task.metadata.uid }, 'recorded');
  return requeueAfter === undefined ? {} : { requeueAfter };
}

/** A task that went before its end was recorded: somebody took our finalizer away, or was faster than we. */
async function bury(key: string, task: AgentTask, pass: Pass, place: Workplace): Promise<void> {
  const uid = task.metadata.uid ?? '';
  if ((await place.store.knowledge(uid)) !== 'complete') {
    await complete(task, 'vanished', place, pass.log);
    pass.log.info({ phase: task.status?.phase, uid }, 'recorded as it was when it went');
  }
  place.notes.forget(uid);
  place.departed.done(key, task);
}
