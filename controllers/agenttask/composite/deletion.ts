import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { atOnce } from '../../shared/children/acting.ts';
import { leavesOrphans } from '../../shared/children/naming.ts';
import { isHeld, isInTheWay } from '../../shared/children/presence.ts';
import { finalizer } from '../finalizers.ts';
import type { Intent, Plan } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { isFinished, isTerminal } from '../phases.ts';
import { progress } from '../reports.ts';
import { noFamily, type Family } from './observe.ts';
import { reportOf, untilReport } from './report.ts';
import { verdictsOn } from './verdicts.ts';

/** The end of a child wakes its parent; this is for when the news got lost. Milliseconds. */
const lookAgain = 30_000;

/** A deleted parent: its children are stopped and deleted, and only when none works any more it goes itself. */
export function leaveNoChildBehind({ task, family = noFamily }: Observed, now: Date): Plan | undefined {
  const { deletionTimestamp, finalizers } = task.metadata;
  if (deletionTimestamp === undefined) return undefined;
  if (finalizers?.includes(finalizer) !== true) return { intents: [] };
  const children = family.members.flatMap(({ child, is }) => (is === 'there' && child !== undefined ? [child] : []));
  const left = children.filter(leavesOrphans(task) ? isHeld : (child) => isInTheWay(child, finalizer));
  const [first] = left;
  if (first === undefined) return { intents: [{ do: 'removeFinalizer', because: 'the task is deleted' }] };
  if (leavesOrphans(task))
    return {
      intents: [{ do: 'releaseChildren', children: left.slice(0, atOnce), because: 'they stay without their parent' }],
      requeueAfter: lookAgain,
    };
  return stopping(
    task,
    family,
    left.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
    first,
    now,
  );
}

function stopping(task: AgentTask, family: Family, staying: readonly AgentTask[], first: AgentTask, now: Date): Plan {
  const intents: readonly Intent[] =
    staying.length === 0
      ? []
      : [{ do: 'deleteChildren', children: staying.slice(0, atOnce), because: 'the task is deleted' }];
  if (isFinished(task)) return { intents, requeueAfter: lookAgain };
  const early = untilReport(family, now);
  if (early > 0) return { intents, requeueAfter: early };
  const status = progress(
    task,
    now,
    'Running',
    'Stopping',
    `stopping, because the task is deleted: AgentTask ${first.metadata.name} is not gone yet`,
  );
  return { intents, status: { ...status, ...reportOf(verdictsOn(family.members, true)) }, requeueAfter: lookAgain };
}

/** Lets deleted children go whose end is recorded, or of which nobody will ask any more. */
export function releasedChildren({ task, family = noFamily }: Observed): readonly Intent[] {
  const over = task.metadata.deletionTimestamp !== undefined || isFinished(task);
  const known = family.members.flatMap(({ child, recorded }) =>
    child !== undefined && (over || isTerminal(recorded?.phase)) ? [child] : [],
  );
  const children = [...known, ...family.strays].filter(
    (child) => isHeld(child) && child.metadata.deletionTimestamp !== undefined,
  );
  return children.length === 0
    ? []
    : [
        {
          do: 'releaseChildren',
          children: children.slice(0, atOnce),
          because: 'they are deleted, and what became of them is recorded',
        },
      ];
}
