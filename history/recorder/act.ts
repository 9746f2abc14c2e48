import type { Logger } from 'pino';

import { historyFinalizer } from '../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { Client } from '../../kube/client.ts';
import { InvalidError, NotFoundError } from '../../kube/errors.ts';
import { addFinalizer, removeFinalizer } from '../../kube/finalizers.ts';
import type { OwnWrites } from '../../kube/ownwrites.ts';
import type { HistoryStore } from '../store.ts';
import type { Ending, RecorderMetrics } from './metrics.ts';
import type { Notes } from './notes.ts';
import { operationsOf } from './operations.ts';
import { isFinished, type Intent } from './plan.ts';
import { readRunLog } from './runlog.ts';

/** What intents are carried out with. */
export interface Hands {
  readonly client: Client;
  readonly store: HistoryStore;
  readonly notes: Notes;
  readonly ownWrites: OwnWrites;
  readonly metrics: RecorderMetrics;
}

/** Carries out the intents in their order, each to its end. */
export async function act(task: AgentTask, intents: readonly Intent[], hands: Hands, log: Logger): Promise<void> {
  let current = task;
  for (const intent of intents) current = await carryOut(current, intent, hands, log);
}

async function carryOut(task: AgentTask, intent: Intent, hands: Hands, log: Logger): Promise<AgentTask> {
  const { client, store, notes } = hands;
  switch (intent) {
    case 'see':
      await store.see([task], operationsOf(task));
      notes.told(task, 'seen');
      return task;
    case 'complete':
      await complete(task, isFinished(task) ? 'finished' : 'deleted', hands, log);
      return task;
    case 'hold':
      return write(task, hands, addFinalizer(client, agentTasks, task, historyFinalizer));
    case 'release':
      return write(task, hands, removeFinalizer(client, agentTasks, task, historyFinalizer));
  }
}

/** Records how the task ended, with the log of its run as far as there is one. */
export async function complete(
  task: AgentTask,
  ending: Ending,
  { client, store, notes, metrics }: Hands,
  log: Logger,
): Promise<void> {
  const steps = await readRunLog(client, task, log);
  await store.complete(task, steps, operationsOf(task));
  notes.told(task, 'complete');
  metrics.recorded(ending, steps.length);
}

async function write(task: AgentTask, { ownWrites }: Hands, change: Promise<AgentTask>): Promise<AgentTask> {
  try {
    const written = await change;
    ownWrites.record(agentTasks, written);
    return written;
  } catch (error) {
    // Gone, or being deleted, when no finalizer can be added any more: the cache has not heard of it yet, and will.
    if (error instanceof NotFoundError || error instanceof InvalidError) return task;
    throw error;
  }
}
