import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Pass, Result } from '../../kube/controller.ts';
import type { TerminalError } from '../../kube/errors.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { patchStatus } from '../../kube/status.ts';
import { HostTakenError } from '../shared/hostclaims.ts';
import { act, SlotTakenError, type Hands } from './act.ts';
import { ParentChangedError } from './composite/act.ts';
import { isComposite } from './composite/children.ts';
import type { Intent, Plan } from './intents.ts';
import { observe, type World } from './observe.ts';
import { untouched } from './run/outcome.ts';
import { plan, type Limits } from './plan.ts';
import { ended } from './reports.ts';

/** What one pass works with. */
export interface Workplace extends World, Hands {
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly limits: Limits;
  /** Keys of tasks that a pass may have written without being told: an answer that got lost is unknown to `ownWrites`. */
  readonly unsure: Set<string>;
  /** Lets other tasks know that a slot is free. */
  readonly enqueue: (key: string) => void;
}

/** Somebody was faster, or the cache is behind: no failure, and a new look tells more. */
const passing = [HostTakenError, SlotTakenError, ParentChangedError];
/** How long (milliseconds) to wait for the cache to show our own last write. */
const staleCache = 100;

/** One pass over one AgentTask: read, plan, act, one status patch. */
export async function reconcile(key: string, pass: Pass, place: Workplace): Promise<Result> {
  const task = place.tasks.get(key);
  if (task === undefined) {
    place.ownWrites.forget(agentTasks, key);
    place.unsure.delete(key);
    place.notes.forget(key);
    giveUpSlot(key, place);
    return {};
  }
  if (place.unsure.has(key)) {
    place.ownWrites.record(agentTasks, await place.client.get(agentTasks, task.metadata));
    place.unsure.delete(key);
  }
  if (place.ownWrites.isStale(agentTasks, task)) return { requeueAfter: staleCache };
  const observed = await observe(task, place);
  if (observed.run?.state.state === 'running') place.places.of(task)?.slots.occupy(key);
  const next = plan(observed, place.clock.now(), place.limits);
  try {
    await carryOut(key, task, next, pass, place);
  } catch (error) {
    if (!passing.some((Class) => error instanceof Class)) {
      place.unsure.add(key);
      throw error;
    }
    giveUpSlot(key, place);
    return { requeueAfter: staleCache };
  }
  return next.requeueAfter === undefined ? {} : { requeueAfter: next.requeueAfter };
}

/** Nothing can be done until somebody changes something: the task has failed, and says so. */
export async function fail(key: string, error: TerminalError, pass: Pass, place: Workplace): Promise<void> {
  const task = place.tasks.get(key);
  if (task === undefined) return;
  const { reason, message } = error;
  const { run } = task.status ?? {};
  // Nothing throws this once a run has started; the files of one that never will hold a private key.
  const intents: Intent[] =
    run !== undefined && run.location === place.places.of(task)?.of(task).location
      ? [{ do: 'removeRun', id: run.id, because: 'it cannot start' }]
      : [];
  await carryOut(
    key,
    task,
    ended(
      task,
      place.clock.now(),
      { phase: 'Failed', reason, message, hosts: untouched(task.spec.hosts ?? []) },
      intents,
    ),
    pass,
    place,
  );
}

async function carryOut(key: string, task: AgentTask, next: Plan, pass: Pass, place: Workplace): Promise<void> {
  const last = next.intents.at(-1);
  if (last !== undefined)
    pass.log[last.do === 'writeLog' ? 'debug' : 'info'](
      { intents: next.intents.map((intent) => intent.do), because: last.because },
      'acting',
    );
  const left = await act(task, next.intents, place);
  if (next.status !== undefined) {
    const written = await patchStatus(place.client, agentTasks, left, next.status);
    if (written !== undefined) place.ownWrites.record(agentTasks, written);
    if (written !== undefined && isComposite(task))
      place.notes.of(key, task.metadata.uid ?? '').reportedAt = place.clock.now();
  }
  if (next.event !== undefined) place.events.record(agentTasks, task, next.event);
  if (!keepsSlot(task, next)) giveUpSlot(key, place);
}

/** A slot belongs to a run of the task's own, a place in the queue to a task that could start; whoever is neither must not hold up others. */
function keepsSlot(task: AgentTask, next: Plan): boolean {
  if (isComposite(task)) return false;
  return (
    (next.status ?? task.status)?.phase === 'Running' || next.intents.some((intent) => intent.do === 'queueForSlot')
  );
}

function giveUpSlot(key: string, { places, enqueue }: Workplace): void {
  for (const waiting of places.leave(key)) enqueue(waiting);
}
