import { historyFinalizer } from '../../crds/labels.ts';
import { childFinalizer } from '../shared/parents.ts';
import { finalizer } from './finalizers.ts';
import { hostsToLeave } from './hosts-to-leave.ts';
import type { Intent, Plan } from './intents.ts';
import type { Observed } from './observe.ts';
import { isFinished } from './phases.ts';
import { stopBeforeDeletion } from './run/plan.ts';

/** A deleted task: its run is stopped, its hosts are freed, its files go, and only then does the object. */
export function leaveNothingBehind(observed: Observed, now: Date): Plan | undefined {
  const { task, parent } = observed;
  if (task.metadata.deletionTimestamp === undefined) return undefined;
  const { finalizers = [] } = task.metadata;
  // Whoever made the task keeps the books on it; where that one is gone, nobody else would let the task go.
  const alone: readonly Intent[] =
    parent === 'gone' && finalizers.includes(childFinalizer)
      ? [{ do: 'leaveParent', because: 'the task that made it is gone' }]
      : [];
  if (!finalizers.includes(finalizer)) return { intents: alone };
  const stopping = isFinished(task) ? undefined : stopBeforeDeletion(observed, now);
  if (stopping !== undefined) return stopping;
  return {
    intents: [
      ...hostsToLeave(observed),
      ...runToLeave(observed),
      ...alone,
      { do: 'removeFinalizer', because: 'the task is deleted' },
    ],
  };
}

function runToLeave({ task, run, location }: Observed): readonly Intent[] {
  const recorded = task.status?.run;
  if (recorded === undefined) return [];
  const { id } = recorded;
  const intents: Intent[] = [];
  // Without a history nobody could read the log any more.
  if (run !== undefined && task.metadata.finalizers?.includes(historyFinalizer) === true)
    intents.push({ do: 'writeLog', id, outputBytes: run.outputBytes, last: true, because: 'the history wants it' });
  if (run?.state.state === 'lost')
    intents.push({ do: 'stopRun', id, stage: 'kill', because: 'what the lost run left behind' });
  if (recorded.location === location) intents.push({ do: 'removeRun', id, because: 'the task is deleted' });
  return intents;
}
