import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { atOnce } from '../../shared/children/acting.ts';
import { released } from '../../shared/claim-steps.ts';
import { leavesOrphans } from '../../shared/children/naming.ts';
import { isHeld, isInTheWay } from '../../shared/children/presence.ts';
import { finalizer } from '../finalizers.ts';
import type { Intent, Plan } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { isFinished, isTerminal } from '../phases.ts';
import { progress } from '../reports.ts';
import { judged } from '../batches/judgement.ts';
import { reportOfBatches } from '../batches/report.ts';
import { hostsToLeave } from '../hosts-to-leave.ts';
import { noFamily, type Family, type Part } from './observe.ts';
import { reportOf, untilReport } from './report.ts';
import { verdictsOn } from './verdicts.ts';

/** The end of a child wakes its parent; this is for when the news got lost. Milliseconds. */
const lookAgain = 30_000;

function childrenOf({ family, staged }: Observed): Family<Part> {
  return family ?? staged ?? noFamily;
}

/** A split task claims nothing: what it holds was left by somebody who took it for another one. */
function claimsToLeave(observed: Observed): readonly Intent[] {
  return observed.staged === undefined ? released(observed.claims, 'the task is deleted') : hostsToLeave(observed);
}

/** A deleted parent: its children are stopped and deleted, and only when none works any more it goes itself. */
export function leaveNoChildBehind(observed: Observed, now: Date): Plan | undefined {
  const { task } = observed;
  const family = childrenOf(observed);
  const { deletionTimestamp, finalizers } = task.metadata;
  if (deletionTimestamp === undefined) return undefined;
  if (finalizers?.includes(finalizer) !== true) return { intents: [] };
  const children = family.members.flatMap(({ child, is }) => (is === 'there' && child !== undefined ? [child] : []));
  const left = children.filter(leavesOrphans(task) ? isHeld : (child) => isInTheWay(child, finalizer));
  const [first] = left;
  if (first === undefined)
    return { intents: [...claimsToLeave(observed), { do: 'removeFinalizer', because: 'the task is deleted' }] };
  if (leavesOrphans(task))
    return {
      intents: [{ do: 'releaseChildren', children: left.slice(0, atOnce), because: 'they stay without their parent' }],
      requeueAfter: lookAgain,
    };
  return stopping(
    observed,
    left.filter(({ metadata }) => metadata.deletionTimestamp === undefined),
    first,
    now,
  );
}

function stopping(observed: Observed, staying: readonly AgentTask[], first: AgentTask, now: Date): Plan {
  const { task, family = noFamily, staged } = observed;
  const intents: readonly Intent[] =
    staying.length === 0
      ? []
      : [{ do: 'deleteChildren', children: staying.slice(0, atOnce), because: 'the task is deleted' }];
  if (isFinished(task)) return { intents, requeueAfter: lookAgain };
  const early = untilReport(childrenOf(observed), now);
  if (early > 0) return { intents, requeueAfter: early };
  // Nobody is asked any more.
  const { waiting: _, ...status } = progress(
    task,
    now,
    'Running',
    'Stopping',
    `stopping, because the task is deleted: AgentTask ${first.metadata.name} is not gone yet`,
  );
  const reached =
    staged === undefined
      ? reportOf(verdictsOn(family.members, true))
      : reportOfBatches(judged(staged.members, true), task.status?.decisions);
  return { intents, status: { ...status, ...reached }, requeueAfter: lookAgain };
}

/** Lets deleted children go whose end is recorded, or of which nobody will ask any more. */
export function releasedChildren(observed: Observed): readonly Intent[] {
  const { task } = observed;
  const family = childrenOf(observed);
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
