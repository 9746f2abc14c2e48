import { historyFinalizer } from '../../crds/labels.ts';
import type { AgentTask, AgentTaskPhase } from '../../crds/types/agenttask.ts';
import type { Knowledge } from '../store.ts';

/** What one pass knows of one task. */
export interface Observed {
  readonly task: AgentTask;
  readonly knowledge: Knowledge;
  /** The history was told of the task as it is now, as far as `newsOf` goes. */
  readonly toldAll: boolean;
  /** For how long (milliseconds) this process has known the task. */
  readonly knownFor: number;
}

/** see: tell the history that the task is there. hold: put the finalizer on it. complete: record how it ended. release: take the finalizer away. */
export type Intent = 'see' | 'hold' | 'complete' | 'release';

export interface Plan {
  readonly intents: readonly Intent[];
  /** Milliseconds. */
  readonly requeueAfter?: number;
}

/**
 * So long (milliseconds) after its creation a task keeps its finalizer: whoever asked the history for the name just before the task was
 * made, and is about to create another one of that name, must meet it in the API server.
 */
const nameHeld = 30_000;

/** Ended for good: such a task never runs again. */
export function isFinished({ status }: AgentTask): boolean {
  return finished.has(status?.phase);
}

const finished: ReadonlySet<AgentTaskPhase | undefined> = new Set([
  'Succeeded',
  'PartlySucceeded',
  'Failed',
  'Stopped',
]);

/** What to do about a task now, in order. Each intent may be carried out twice. */
export function plan(observed: Observed, now: Date): Plan {
  const { task, knowledge, toldAll } = observed;
  const finalizers = task.metadata.finalizers ?? [];
  const held = finalizers.includes(historyFinalizer);
  const deleting = task.metadata.deletionTimestamp !== undefined;
  // Others that hold a deleted task may still be ending its run.
  const leftToUs = deleting && finalizers.every((finalizer) => finalizer === historyFinalizer);
  const over = isFinished(task) || leftToUs;
  const tell: readonly Intent[] = toldAll ? [] : ['see'];
  if (knowledge !== 'complete' && !over) return { intents: held || deleting ? tell : [...tell, 'hold'] };
  const record: readonly Intent[] = knowledge === 'complete' ? tell : ['complete'];
  if (!held) return { intents: record };
  const wait = timeUntilRelease(observed, now);
  return wait > 0 ? { intents: record, requeueAfter: wait } : { intents: [...record, 'release'] };
}

/** By the clock of whoever made the task or, should that be ahead of ours, by the time that we have known it. */
function timeUntilRelease({ task, knownFor }: Observed, now: Date): number {
  const age = now.getTime() - Date.parse(task.metadata.creationTimestamp ?? '');
  return nameHeld - Math.max(knownFor, Number.isNaN(age) ? 0 : age);
}

/** What the history has to be told of while a task goes on: all that it is asked for, and the operations. */
export function newsOf({ metadata, status }: AgentTask): string {
  return JSON.stringify([metadata.labels, metadata.annotations, status?.phase]);
}
