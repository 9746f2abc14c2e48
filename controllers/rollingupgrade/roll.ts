import type { RollingUpgrade, RollingUpgradeCurrent, RollingUpgradeStatus } from '../../crds/types/rollingupgrade.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import type { Happening } from '../../kube/events.ts';
import { foreignAllocation, isFrozen, isRestored, recordOfSetting, restored } from './allocation.ts';
import { beginEnding, succeed } from './ending.ts';
import type { ClusterLook, EngineNode } from './engine/engine.ts';
import { anotherCluster } from './identity.ts';
import type { Plan } from './intents.ts';
import { withNode, type NodeChange } from './nodes.ts';
import type { Observed, Sight } from './observe.ts';
import { nodesToDo } from './order.ts';
import { isRunning } from './phases.ts';
import { replace } from './replace.ts';
import { heldUp, hidden, lookAgain, toStep, underWay } from './reports.ts';
import { waitForReturn } from './returning.ts';
import { betweenLooks, onlyCopyOn, unsettledBy } from './settled.ts';
import { taskName } from './task.ts';

type Seen = Extract<Sight, { readonly is: 'seen' }>;

/** One node after the other: the part of the plan that is followed once the upgrade has begun. */
export function roll(observed: Observed, now: Date): Plan | undefined {
  const { upgrade, sight } = observed;
  if (!isRunning(upgrade)) return undefined;
  const { current } = upgrade.status ?? {};
  if (current?.step === 'Replacing') return replace(observed, current, now);
  if (current === undefined && upgrade.spec.stop === true)
    return beginEnding(upgrade, now, { phase: 'Stopped', reason: 'Stopped', message: 'stopped on request' });
  if (sight.is === 'hidden') return hidden(upgrade, now, sight.trouble);
  if (sight.is === 'not asked') return underWay(upgrade, now, 'Running', 'the cluster is looked at');
  const other = anotherCluster(upgrade, sight.look);
  if (other !== undefined) return hidden(upgrade, now, other);
  return current === undefined ? nextNode(upgrade, sight, now) : goOn(upgrade, current, current.step, sight, now);
}

function goOn(
  upgrade: RollingUpgrade,
  current: RollingUpgradeCurrent,
  step: Exclude<RollingUpgradeCurrent['step'], 'Replacing'>,
  sight: Seen,
  now: Date,
): Plan {
  switch (step) {
    case 'Freezing':
      return freeze(upgrade, current, sight, now);
    case 'Returning':
      return waitForReturn(upgrade, current, sight.look, now);
    case 'Restoring':
      return restore(upgrade, current, sight.look, now);
    case 'Settling':
      return settle(upgrade, current, sight, now);
  }
}

/** Before a node is touched: everybody is there, nothing moves, nobody else steers shards. */
function nextNode(upgrade: RollingUpgrade, sight: Seen, now: Date): Plan {
  const [next] = nodesToDo(upgrade, sight.look);
  const missing = missingMembers(upgrade, sight.look);
  if (missing !== undefined) return forgettingCalm(underWay(upgrade, now, 'NodeMissing', missing));
  if (next === undefined) return succeed(upgrade, now);
  if (upgrade.spec.paused === true)
    return underWay(upgrade, now, 'Paused', 'spec.paused is true: no further node begins', { requeueAfter: 3_600_000 });
  const foreign = foreignAllocation(sight.look.allocation);
  if (foreign !== undefined) return heldUp(upgrade, now, 'ForeignSetting', `${foreign}: take it away`);
  const calm = calmOf(upgrade, sight, now);
  if (!calm.sure) return waitUntilSettled(upgrade, now, calm);
  const alone = onlyCopyOn(next.name, sight, acceptedIn(upgrade, sight));
  if (alone !== undefined) {
    const message = `node ${next.name} is not stopped: ${alone}; give the index a replica, or delete it`;
    return heldUp(upgrade, now, 'OnlyCopy', message);
  }
  return startNode(upgrade, next, sight.look, now);
}

/** What was set before is recorded here, and changed by a later pass that reads the record. */
function startNode(upgrade: RollingUpgrade, node: EngineNode, look: ClusterLook, now: Date): Plan {
  const current: RollingUpgradeCurrent = { node: node.name, step: 'Freezing', since: rfc3339(now) };
  const change = { status: 'Upgrade_OpenSearch', task: taskName(upgrade, node.name) } as const;
  const nodes = withNode(upgrade.status?.nodes, node.name, change, now);
  const started = underWay(upgrade, now, 'Freezing', `node ${node.name} is next: its shards are told to stay`, {
    status: {
      current,
      allocation: recordOfSetting(look.allocation),
      ...(nodes === undefined ? {} : { nodes }),
    },
  });
  const last = nodesToDo(upgrade, look).length === 1;
  const old = `the last one that is older than ${upgrade.spec.targetVersion}: after it there is no way back`;
  const note = `node ${node.name} (${node.version}) is upgraded${last ? `, ${old}` : ''}`;
  const event: Happening = { type: 'Normal', reason: last ? 'LastNode' : 'NodeStarted', action: 'Upgrade', note };
  return { ...started, event };
}

/** Only when the setting is seen to hold the node may go, and only when every shard has another working copy. */
function freeze(upgrade: RollingUpgrade, current: RollingUpgradeCurrent, sight: Seen, now: Date): Plan {
  const { look } = sight;
  if (upgrade.spec.stop === true) {
    const ending = { phase: 'Stopped', reason: 'Stopped', message: 'stopped on request' } as const;
    return beginEnding(upgrade, now, ending, { status: 'running' });
  }
  const { transient } = look.allocation;
  if (transient !== undefined) {
    const foreign = foreignAllocation({ transient }) ?? '';
    return heldUp(upgrade, now, 'ForeignSetting', `${foreign}: take it away`);
  }
  if (!isFrozen(look.allocation))
    return underWay(upgrade, now, 'Freezing', `shards are told to stay while node ${current.node} is away`, {
      intents: [{ do: 'setAllocation', value: 'primaries', because: `node ${current.node} is about to be stopped` }],
      requeueAfter: 50,
    });
  const node = look.nodes.find(({ name }) => name === current.node);
  const reason =
    node === undefined
      ? `node ${current.node} has left the cluster`
      : (missingMembers(upgrade, look) ?? onlyCopyOn(node.name, sight, acceptedIn(upgrade, sight)));
  if (node === undefined || reason !== undefined || look.health === 'red')
    // What was made meanwhile finds its place only when shards may move again.
    return toStep(upgrade, 'Restoring', now, reason ?? 'the cluster is red');
  return toStep(upgrade, 'Replacing', now, `node ${node.name} may be stopped`, {
    more: { ephemeralID: node.ephemeralID },
    intents: [{ do: 'flush', because: `node ${node.name} comes back sooner with its writes stored` }],
  });
}

function restore(upgrade: RollingUpgrade, current: RollingUpgradeCurrent, look: ClusterLook, now: Date): Plan {
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

function settle(upgrade: RollingUpgrade, current: RollingUpgradeCurrent, sight: Seen, now: Date): Plan {
  const { healthTimeoutSeconds = 600 } = upgrade.spec;
  const takesLong = now.getTime() - Date.parse(current.since) > healthTimeoutSeconds * 1000;
  // Nothing more is done to the cluster: who stops an upgrade need not wait for what may never come right.
  if (takesLong && upgrade.spec.stop === true) return leaveNode(upgrade, current, sight.look, now);
  const foreign = foreignAllocation(sight.look.allocation);
  if (foreign !== undefined) return heldUp(upgrade, now, 'ForeignSetting', `${foreign}: take it away`);
  const missing = missingMembers(upgrade, sight.look);
  const calm = calmOf(upgrade, sight, now);
  const held = missing ?? calm.held;
  if (held !== undefined && takesLong) {
    const text = `for more than ${healthTimeoutSeconds} s: ${held}`;
    return { ...forgettingCalm(heldUp(upgrade, now, 'SettlingTakesLong', text, held)), requeueAfter: lookAgain };
  }
  if (held !== undefined) return waitUntilSettled(upgrade, now, { ...calm, held }, { blockedBy: held });
  if (!calm.sure) return waitUntilSettled(upgrade, now, calm);
  return leaveNode(upgrade, current, sight.look, now);
}

/** Indices that may be without a working copy for a while. */
function acceptedIn({ spec }: RollingUpgrade, { indices }: Seen): ReadonlySet<string> {
  const alone = spec.acceptZeroReplicas === true ? indices.filter(({ replicas }) => replicas === 0) : [];
  return new Set(alone.map(({ name }) => name));
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

/** What one look and those before it say of the shards. */
interface Calm {
  /** What moves, or may; undefined: nothing. */
  readonly held: string | undefined;
  /** An earlier look found nothing either. */
  readonly sure: boolean;
  /** For the status. */
  readonly status: Pick<RollingUpgradeStatus, 'settledSince'>;
}

function calmOf(upgrade: RollingUpgrade, sight: Seen, now: Date): Calm {
  const held = unsettledBy(sight) ?? (sight.look.health === 'red' ? 'the cluster is red' : undefined);
  const since = upgrade.status?.settledSince;
  if (held !== undefined) return { held, sure: false, status: {} };
  if (since === undefined) return { held, sure: false, status: { settledSince: now.toISOString() } };
  return { held, sure: now.getTime() - Date.parse(since) >= betweenLooks, status: { settledSince: since } };
}

/** Something moves, or has not been seen at rest for long enough. */
function waitUntilSettled(upgrade: RollingUpgrade, now: Date, { held, status }: Calm, change: NodeChange = {}): Plan {
  const next = underWay(upgrade, now, 'Settling', held ?? 'everything is placed; one more look makes sure', {
    status,
    change,
    requeueAfter: held === undefined ? betweenLooks : lookAgain,
  });
  return held === undefined ? next : forgettingCalm(next);
}

function forgettingCalm(next: Plan): Plan {
  const { settledSince: _, ...status } = next.status ?? {};
  return { ...next, status };
}

function missingMembers({ spec }: RollingUpgrade, { nodes }: ClusterLook): string | undefined {
  const there = new Set(nodes.filter(({ version }) => version !== undefined).map(({ name }) => name));
  const missing = spec.members.hosts.nodes.map(({ name }) => name).filter((name) => !there.has(name));
  return missing.length === 0 ? undefined : `node ${missing.join(', ')} is not in the cluster`;
}
