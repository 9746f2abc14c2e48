import { leavesOrphans } from '../shared/children/naming.ts';
import { isHeld } from '../shared/children/presence.ts';
import { released } from '../shared/claim-steps.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import { isRestored, restored } from './allocation.ts';
import { anotherCluster } from './identity.ts';
import { finalizer } from './finalizers.ts';
import type { Intent, Plan } from './intents.ts';
import type { Observed } from './observe.ts';
import { isFinished } from './phases.ts';
import { hidden, underWay } from './reports.ts';

const lookAgain = 5000;

/**
 * A deleted upgrade: the task of a node that has begun comes to its end, since a node without software is worse than a
 * late deletion; what was set in the cluster is put back; then the machines and the tasks are let go.
 */
export function leaveNothingBehind(observed: Observed, now: Date): Plan | undefined {
  const { upgrade, claims } = observed;
  const { deletionTimestamp, finalizers = [] } = upgrade.metadata;
  if (deletionTimestamp === undefined) return undefined;
  if (!finalizers.includes(finalizer)) return { intents: [] };
  return (
    waitForTask(observed, now) ??
    putBackFirst(observed, now) ?? {
      intents: [
        ...lettingGo(observed),
        ...released(claims, 'the upgrade is deleted'),
        { do: 'removeFinalizer', because: 'the upgrade is deleted' },
      ],
    }
  );
}

function waitForTask({ upgrade, children, child }: Observed, now: Date): Plan | undefined {
  // Made a moment ago: the cache will show how it stands.
  if (child.is === 'unseen') return { intents: [], requeueAfter: 200 };
  const tasks = child.task === undefined ? children : [child.task, ...children];
  const open = tasks.find((task) => !hasEnded(task) && !leavesOrphans(upgrade));
  if (open === undefined) return undefined;
  // One that has not begun does not begin any more; deleting it changes nothing for one that has.
  const message = `deleted; AgentTask ${open.metadata.name}, which has begun, comes to its end first`;
  return isFinished(upgrade)
    ? { intents: [], requeueAfter: lookAgain }
    : underWay(upgrade, now, 'Deleting', message, { requeueAfter: lookAgain });
}

/** After so long nobody can be made to wait any more: the event tells what is left to do by hand. */
function putBackFirst({ upgrade, sight }: Observed, now: Date): Plan | undefined {
  const { allocation } = upgrade.status ?? {};
  if (allocation === undefined || sight.is === 'not asked') return undefined;
  const deletedAt = Date.parse(upgrade.metadata.deletionTimestamp ?? '');
  const trouble = sight.is === 'hidden' ? sight.trouble : anotherCluster(upgrade, sight.look);
  if (trouble !== undefined)
    return now.getTime() - deletedAt < (upgrade.spec.healthTimeoutSeconds ?? 600) * 1000
      ? hidden(upgrade, now, trouble)
      : undefined;
  if (sight.is === 'hidden') return undefined;
  return isRestored(allocation, sight.look.allocation)
    ? undefined
    : { intents: restored(allocation, sight.look.allocation, 'the upgrade is deleted'), requeueAfter: 50 };
}

function lettingGo({ children }: Observed): readonly Intent[] {
  const held = children.filter(isHeld);
  return held.length === 0
    ? []
    : [{ do: 'releaseChildren', children: held, because: 'the upgrade that made them goes' }];
}

function hasEnded({ status }: AgentTask): boolean {
  return status?.phase !== undefined && status.phase !== 'Pending' && status.phase !== 'Running';
}
