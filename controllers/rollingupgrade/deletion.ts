import type { AgentTask } from '../../crds/types/agenttask.ts';
import { leavesOrphans } from '../shared/children/naming.ts';
import { isHeld } from '../shared/children/presence.ts';
import { released } from '../shared/claim-steps.ts';
import type { OutsideTrouble } from '../shared/outside/troubles.ts';
import { isRestored, restored } from './allocation.ts';
import { finalizer } from './finalizers.ts';
import { anotherCluster } from './another-cluster.ts';
import type { Intent, Plan } from './intents.ts';
import type { Observed } from './observe.ts';
import { isFinished } from './phases.ts';
import { hidden, underWay } from './reports.ts';
import { absenceOf } from './returning.ts';

const lookAgain = 5000;

/**
 * A deleted upgrade: the task of a node that has begun comes to its end, and the node comes back, since a node without
 * software is worse than a late deletion; what was set in the cluster is put back; then the machines and the tasks are
 * let go.
 */
export function leaveNothingBehind(observed: Observed, now: Date): Plan | undefined {
  const { upgrade, claims } = observed;
  const { deletionTimestamp, finalizers = [] } = upgrade.metadata;
  if (deletionTimestamp === undefined) return undefined;
  if (!finalizers.includes(finalizer)) return { intents: [] };
  return (
    waitForTask(observed, now) ??
    waitForNode(observed, now) ??
    putBack(observed, now) ?? {
      intents: [
        ...lettingGo(observed),
        ...released(claims, 'the upgrade is deleted'),
        { do: 'removeFinalizer', because: 'the upgrade is deleted' },
      ],
      ...whatIsLeft(observed),
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

/** Whoever works on these machines next could take a second node away. */
function waitForNode(observed: Observed, now: Date): Plan | undefined {
  const { upgrade, child, sight } = observed;
  const { current, ending } = upgrade.status ?? {};
  const wasReplaced = current?.step === 'Returning' || child.task?.status?.phase === 'Succeeded';
  if (current === undefined || !wasReplaced || ending !== undefined || isTooLate(observed, now)) return undefined;
  if (sight.is !== 'seen' || troubleOf(observed) !== undefined) return undefined;
  const absence = absenceOf(current, sight.look, upgrade.spec.targetVersion);
  return absence === undefined
    ? undefined
    : underWay(upgrade, now, 'Deleting', `deleted; ${absence}`, { change: { blockedBy: absence } });
}

function putBack(observed: Observed, now: Date): Plan | undefined {
  const { upgrade, sight } = observed;
  const { allocation } = upgrade.status ?? {};
  if (allocation === undefined) return undefined;
  const trouble = troubleOf(observed);
  if (trouble !== undefined) return isTooLate(observed, now) ? undefined : hidden(upgrade, now, trouble);
  if (sight.is !== 'seen' || isRestored(allocation, sight.look.allocation)) return undefined;
  return { intents: restored(allocation, sight.look.allocation, 'the upgrade is deleted'), requeueAfter: 50 };
}

/** Why the cluster cannot be looked at. */
function troubleOf({ upgrade, sight }: Observed): OutsideTrouble | undefined {
  if (sight.is === 'not asked') return undefined;
  return sight.is === 'hidden' ? sight.trouble : anotherCluster(upgrade, sight.look);
}

/** After so long nobody can be made to wait any more for a cluster that does not answer. */
function isTooLate({ upgrade, child }: Observed, now: Date): boolean {
  const { deletionTimestamp = '' } = upgrade.metadata;
  const since = [deletionTimestamp, child.task?.status?.completionTime ?? deletionTimestamp].map(Date.parse);
  return now.getTime() - Math.max(...since) >= (upgrade.spec.healthTimeoutSeconds ?? 600) * 1000;
}

/** Nobody will put it back any more: says what is to be done by hand. */
function whatIsLeft(observed: Observed): Pick<Plan, 'event'> {
  const { allocation } = observed.upgrade.status ?? {};
  const trouble = troubleOf(observed);
  if (allocation === undefined || trouble === undefined) return {};
  const before = allocation.persistent === undefined ? 'was not set before' : `was ${allocation.persistent} before`;
  const what = `cluster.routing.allocation.enable may still be primaries, and ${before}`;
  const note = `${what}: put it back by hand. ${trouble.message}`;
  return { event: { type: 'Warning', reason: 'SettingLeft', action: 'Delete', note } };
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
