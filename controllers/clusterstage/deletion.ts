import type { AgentTask } from '../../crds/types/agenttask.ts';
import { atOnce } from '../shared/children/acting.ts';
import { isHeld } from '../shared/children/presence.ts';
import { released } from '../shared/claim-steps.ts';
import { finalizer } from './finalizers.ts';
import type { Intent, Plan } from './intents.ts';
import { hasEnded, type Observed } from './observe.ts';
import { reports } from './reports.ts';
import { returned } from './steps/in-and-out.ts';

/** Milliseconds. The end of a task is heard of; this is for when the news got lost. */
const lookAgain = 30_000;

/** A deleted ClusterStage: its tasks are stopped, its nodes put back and freed, and only then it goes. */
export function leaveNothingBehind(observed: Observed, now: Date): Plan | undefined {
  const { stage, nodes, formerTasks, endedTasks } = observed;
  const { uid = '', deletionTimestamp, finalizers } = stage.metadata;
  if (deletionTimestamp === undefined) return undefined;
  if (finalizers?.includes(finalizer) !== true) return { intents: [] };
  const current = [...nodes.values()].flatMap(({ task }) =>
    task.child !== undefined && !hasEnded(task.child) ? [task.child] : [],
  );
  const live = [...formerTasks, ...current];
  const [first] = live;
  if (first !== undefined) {
    const { namespace, name } = first.metadata;
    const message = `AgentTask ${namespace}/${name} to end before the node goes back into service`;
    return {
      intents: stopped(live, 'the ClusterStage is deleted'),
      status: reports.progress(stage, now, {}, 'StoppingTasks', message),
      requeueAfter: lookAgain,
    };
  }
  const because = 'the ClusterStage is deleted';
  return {
    intents: [
      ...[...nodes.values()].flatMap((view) => returned(view, uid, because).filter((each) => each.do === 'putBack')),
      ...released(observed, because),
      ...releasing([...endedTasks]),
      { do: 'removeFinalizer', because },
    ],
  };
}

/** Asks tasks to stop that were not asked yet. */
export function stopped(tasks: readonly AgentTask[], because: string): readonly Intent[] {
  const children = tasks.filter(({ metadata, spec }) => spec.stop !== true && metadata.deletionTimestamp === undefined);
  return children.length === 0
    ? []
    : [{ do: 'changeChildren', children: children.slice(0, atOnce), spec: { stop: true }, because }];
}

function releasing(tasks: readonly AgentTask[]): readonly Intent[] {
  const children = tasks.filter(isHeld);
  return children.length === 0 ? [] : [{ do: 'releaseChildren', children, because: 'the ClusterStage is deleted' }];
}
