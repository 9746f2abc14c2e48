import type { RollingUpgrade, RollingUpgradeCurrent } from '../../crds/types/rollingupgrade.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import { foreignAllocation, isRestored, restored } from './allocation.ts';
import { calmOf, forgettingCalm, missingMembers, waitUntilSettled } from './calm.ts';
import { beginEnding } from './ending.ts';
import type { ClusterLook } from './engine/engine.ts';
import type { Plan } from './intents.ts';
import type { Seen } from './observe.ts';
import { heldUp, lookAgain, toStep, underWay } from './reports.ts';

/** Milliseconds between two looks at a node that only has to go on running. */
const whileBaking = 5000;

export function restore(upgrade: RollingUpgrade, current: RollingUpgradeCurrent, look: ClusterLook, now: Date): Plan {
  const { allocation } = upgrade.status ?? {};
  if (allocation !== undefined && !isRestored(allocation, look.allocation))
    return underWay(upgrade, now, 'Restoring', 'the setting that was there before is put back', {
      intents: restored(allocation, look.allocation, `node ${current.node} is back`),
      requeueAfter: 50,
    });
  const next = toStep(upgrade, 'Settling', now, 'shards find their places');
  const { allocation: _, ...status } = next.status ?? {};
  return forgettingCalm({ ...next, status });
}

export function settle(upgrade: RollingUpgrade, before: RollingUpgradeCurrent, sight: Seen, now: Date): Plan {
  const { healthTimeoutSeconds = 600 } = upgrade.spec;
  const current = noting(before, sight.look, now);
  const lost = loss(upgrade, current, sight.look, now);
  if (lost !== undefined) return lost;
  const takesLong = isLonger(current.since, healthTimeoutSeconds, now);
  // Nothing more is done to the cluster: who stops an upgrade need not wait for what may never come right.
  if (takesLong && upgrade.spec.stop === true) return leaveNode(upgrade, current, sight.look, now);
  const foreign = foreignAllocation(sight.look.allocation);
  if (foreign !== undefined) return heldUp(upgrade, now, 'ForeignSetting', `${foreign}: take it away`);
  const missing = missingMembers(upgrade, sight.look);
  const calm = calmOf(upgrade, sight, now);
  const held = missing ?? calm.held;
  const status = { ...calm.status, current };
  if (held !== undefined && takesLong) {
    const text = `for more than ${healthTimeoutSeconds} s: ${held}`;
    return { ...forgettingCalm(heldUp(upgrade, now, 'SettlingTakesLong', text, held)), requeueAfter: lookAgain };
  }
  if (held !== undefined) return waitUntilSettled(upgrade, now, { ...calm, held, status }, { blockedBy: held });
  if (!calm.sure) return waitUntilSettled(upgrade, now, { ...calm, status });
  const bakes = (upgrade.spec.rollout?.bakeSeconds ?? 0) > 0 && current.returnedID !== undefined;
  return bakes && upgrade.spec.stop !== true
    ? toStep(upgrade, 'Baking', now, `node ${current.node} has its shards`)
    : leaveNode(upgrade, current, sight.look, now);
}

/** Nothing is done: the node has to go on running for a while. */
export function bake(upgrade: RollingUpgrade, before: RollingUpgradeCurrent, look: ClusterLook, now: Date): Plan {
  const { rollout, stop } = upgrade.spec;
  const current = noting(before, look, now);
  const lost = loss(upgrade, current, look, now);
  if (lost !== undefined) return lost;
  const seconds = rollout?.bakeSeconds ?? 0;
  const left = Date.parse(current.since) + seconds * 1000 - now.getTime();
  const missing = missingMembers(upgrade, look);
  if (stop === true || (left <= 0 && missing === undefined)) return leaveNode(upgrade, current, look, now);
  const message =
    missing ?? `node ${current.node} runs for ${seconds} s before the next one (spec.rollout.bakeSeconds)`;
  return underWay(upgrade, now, 'Baking', message, {
    status: { current },
    ...(missing === undefined ? {} : { change: { blockedBy: missing } }),
    requeueAfter: left > 0 ? Math.min(left, whileBaking) : whileBaking,
  });
}

/** @returns the record of the node, with the time from which on it is missing */
function noting(
  { missingSince, ...current }: RollingUpgradeCurrent,
  { nodes }: ClusterLook,
  now: Date,
): RollingUpgradeCurrent {
  const isThere = nodes.some(({ name, version }) => name === current.node && version !== undefined);
  return isThere ? current : { ...current, missingSince: missingSince ?? rfc3339(now) };
}

/** A node that does not stay with the new version would not be the only one: nothing further is touched. */
function loss(
  upgrade: RollingUpgrade,
  { node, returnedID, missingSince }: RollingUpgradeCurrent,
  { nodes }: ClusterLook,
  now: Date,
): Plan | undefined {
  if (returnedID === undefined) return undefined;
  const { targetVersion, healthTimeoutSeconds = 600 } = upgrade.spec;
  const found = nodes.find(({ name }) => name === node);
  if (found !== undefined && found.ephemeralID !== returnedID) {
    const message = `node ${node} was started again after it had come back with ${targetVersion}: see its log`;
    const ending = { phase: 'Failed', reason: 'NodeRestarted', message } as const;
    return beginEnding(upgrade, now, ending, { status: 'failed', blockedBy: message });
  }
  if (missingSince === undefined || !isLonger(missingSince, healthTimeoutSeconds, now)) return undefined;
  const message =
    `node ${node} has left the cluster after it had come back with ${targetVersion}, ` +
    `for ${healthTimeoutSeconds} s (spec.healthTimeoutSeconds)`;
  const ending = { phase: 'Failed', reason: 'NodeLeft', message } as const;
  return beginEnding(upgrade, now, ending, { status: 'failed', blockedBy: message });
}

/** A node that was not touched, since something had changed before it was stopped, has its turn again. */
function leaveNode(upgrade: RollingUpgrade, { node }: RollingUpgradeCurrent, look: ClusterLook, now: Date): Plan {
  const version = look.nodes.find(({ name }) => name === node)?.version;
  const done = version === upgrade.spec.targetVersion;
  const next = underWay(upgrade, now, 'Running', done ? `node ${node} is complete` : `node ${node} was not touched`, {
    change: { status: done ? 'complete' : 'running' },
    requeueAfter: 50,
  });
  const { current: _, ...status } = next.status ?? {};
  const event = {
    type: 'Normal',
    reason: 'NodeCompleted',
    action: 'Upgrade',
    note: `node ${node} has ${version}`,
  } as const;
  return { ...next, status, ...(done ? { event } : {}) };
}

function isLonger(since: string, seconds: number, now: Date): boolean {
  return now.getTime() - Date.parse(since) > seconds * 1000;
}
