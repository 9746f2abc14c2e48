import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { Clock } from '../../kube/clock.ts';
import type { Pass } from '../../kube/controller.ts';
import type { TerminalError } from '../../kube/errors.ts';
import type { EventRecorder } from '../../kube/events.ts';
import { keyOf } from '../../kube/objects.ts';
import { Reconciler } from '../../kube/reconciler.ts';
import { tellIntents } from '../shared/acting.ts';
import { HostTakenError } from '../shared/hostclaims.ts';
import { act, SlotTakenError, type Hands } from './act.ts';
import { ParentChangedError } from '../shared/children/acting.ts';
import { isComposite } from './composite/children.ts';
import { hostsOf } from '../../crds/host-results.ts';
import type { Intent, Plan } from './intents.ts';
import { observe, type World } from './observe.ts';
import type { Limits } from './limits.ts';
import { plan } from './plan.ts';
import { ended } from './reports.ts';
import { untouched } from './run/outcome.ts';

/** What one pass works with. */
export interface Workplace extends World, Hands {
  readonly clock: Clock;
  readonly events: EventRecorder;
  readonly limits: Limits;
  /** Lets other tasks know that a slot is free. */
  readonly enqueue: (key: string) => void;
}

/** Passes over AgentTasks: read, plan, act, one status patch. */
export function reconcilerOf(place: Workplace): Reconciler<AgentTask, Plan> {
  const { tasks, client, ownWrites, events } = place;
  return new Reconciler<AgentTask, Plan>({
    type: agentTasks,
    store: tasks,
    client,
    ownWrites,
    events,
    decide: async (task) => decide(task, place),
    giveUp: (task, error) => giveUp(task, error, place),
    act: async (task, next, pass) => carryOut(task, next, pass, place),
    done: (task, next, reported) => {
      const key = keyOf(task);
      if (reported && isComposite(task)) place.memories.of(key, task.metadata.uid ?? '').reportedAt = place.clock.now();
      if (!keepsSlot(task, next)) giveUpSlot(key, place);
    },
    passing: [HostTakenError, SlotTakenError, ParentChangedError],
    passedOver: (key) => giveUpSlot(key, place),
    gone: (key) => {
      place.memories.forget(key);
      giveUpSlot(key, place);
    },
  });
}

async function decide(task: AgentTask, place: Workplace): Promise<Plan> {
  const observed = await observe(task, place);
  if (observed.run?.state.state === 'running') place.places.of(task)?.slots.occupy(keyOf(task));
  return plan(observed, place.clock.now(), place.limits);
}

/** Nothing can be done until somebody changes something: the task has failed, and says so. */
function giveUp(task: AgentTask, { reason, message }: TerminalError, { places, clock }: Workplace): Plan {
  const { run } = task.status ?? {};
  // Nothing throws this once a run has started; the files of one that never will hold a private key.
  const intents: Intent[] =
    run !== undefined && run.location === places.of(task)?.of(task).location
      ? [{ do: 'removeRun', id: run.id, because: 'it cannot start' }]
      : [];
  const ending = { phase: 'Failed', reason, message, hosts: untouched(hostsOf(task)) } as const;
  return ended(task, clock.now(), ending, intents);
}

async function carryOut(task: AgentTask, { intents }: Plan, pass: Pass, place: Workplace): Promise<AgentTask> {
  // The log of a run is written every few seconds: no news.
  tellIntents(pass, intents, ['writeLog']);
  return act(task, intents, place);
}

/**
 * A slot belongs to a run of the task's own, a place in the queue to a task that could start; whoever is neither must
 * not hold up others.
 */
function keepsSlot(task: AgentTask, next: Plan): boolean {
  if (isComposite(task)) return false;
  return (
    (next.status ?? task.status)?.phase === 'Running' || next.intents.some((intent) => intent.do === 'queueForSlot')
  );
}

function giveUpSlot(key: string, { places, enqueue }: Workplace): void {
  for (const waiting of places.leave(key)) enqueue(waiting);
}
