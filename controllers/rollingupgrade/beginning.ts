import type { RollingUpgrade, RollingUpgradeCurrent } from '../../crds/types/rollingupgrade.ts';
import { findCondition, rfc3339 } from '../../kube/conditions.ts';
import type { Happening } from '../../kube/events.ts';
import { foreignAllocation, isFrozen, recordOfSetting } from './allocation.ts';
import { calmOf, forgettingCalm, missingMembers, waitUntilSettled } from './calm.ts';
import { askBefore, decided, withoutQuestion } from './confirming.ts';
import { beginEnding, succeed } from './ending.ts';
import type { ClusterLook, EngineNode } from './engine/engine.ts';
import type { Plan } from './intents.ts';
import { withNode, withWaiting } from './nodes.ts';
import type { Seen } from './observe.ts';
import { nodesToDo } from './order.ts';
import { heldUp, toStep, underWay } from './reports.ts';
import { onlyCopyOn } from './settled.ts';
import { takeSnapshot } from './snapshot.ts';
import { taskName } from './task.ts';

/** Before a node is touched: everybody is there, nothing moves, nobody else steers shards, nobody is to be asked. */
export function nextNode(upgrade: RollingUpgrade, sight: Seen, now: Date): Plan {
  const todo = nodesToDo(upgrade, sight.look);
  const [next] = todo;
  const missing = missingMembers(upgrade, sight.look);
  if (missing !== undefined) return forgettingCalm(underWay(upgrade, now, 'NodeMissing', missing));
  if (next === undefined) return succeed(upgrade, now);
  if (upgrade.spec.paused === true)
    return underWay(upgrade, now, 'Paused', 'spec.paused is true: no further node begins', { requeueAfter: 3_600_000 });
  const foreign = foreignAllocation(sight.look.allocation);
  if (foreign !== undefined)
    return waiting(heldUp(upgrade, now, 'ForeignSetting', `${foreign}: take it away`), next, now);
  const snapshot = takeSnapshot(upgrade, sight, now);
  if (snapshot !== undefined) return snapshot;
  const calm = calmOf(upgrade, sight, now);
  if (!calm.sure) return waitUntilSettled(upgrade, now, calm);
  const held =
    keepOnlyCopy(upgrade, next, sight, now) ??
    waitForSnapshot(upgrade, next, sight, now) ??
    askBefore(upgrade, next, todo.length, now);
  return held === undefined ? startNode(upgrade, next, sight.look, now) : waiting(held, next, now);
}

/** It is its turn, and something holds it up. */
function waiting(held: Plan, { name }: EngineNode, now: Date): Plan {
  const why = findCondition(held.status?.conditions, 'Ready')?.message ?? '';
  const nodes = withWaiting(held.status?.nodes, name, why, now);
  return { ...held, status: { ...held.status, ...(nodes === undefined ? {} : { nodes }) } };
}

function keepOnlyCopy(upgrade: RollingUpgrade, { name }: EngineNode, sight: Seen, now: Date): Plan | undefined {
  const alone = onlyCopyOn(name, sight, acceptedIn(upgrade, sight));
  if (alone === undefined) return undefined;
  const message = `node ${name} is not stopped: ${alone}; give the index a replica, or delete it`;
  return heldUp(upgrade, now, 'OnlyCopy', message);
}

/** A snapshot that loses a node while it is taken is not whole. */
function waitForSnapshot(upgrade: RollingUpgrade, node: EngineNode, sight: Seen, now: Date): Plan | undefined {
  const taken = snapshotUnderWay(sight);
  if (taken === undefined) return undefined;
  return underWay(upgrade, now, 'SnapshotRunning', `node ${node.name} is not stopped: ${taken}`, {
    requeueAfter: whileSnapshotRuns,
  });
}

/** Milliseconds between two looks. */
const whileSnapshotRuns = 5000;

function snapshotUnderWay({ snapshots }: Seen): string | undefined {
  const [name] = snapshots;
  return name === undefined ? undefined : `snapshot ${name} is being taken`;
}

/** What was set before is recorded here, and changed by a later pass that reads the record. */
function startNode(upgrade: RollingUpgrade, node: EngineNode, look: ClusterLook, now: Date): Plan {
  const current: RollingUpgradeCurrent = { node: node.name, step: 'Freezing', since: rfc3339(now) };
  const change = { status: 'Upgrade_OpenSearch', task: taskName(upgrade, node.name) } as const;
  const others = withWaiting(upgrade.status?.nodes, undefined, '', now);
  const nodes = withNode(others, node.name, change, now);
  const started = underWay(upgrade, now, 'Freezing', `node ${node.name} is next: its shards are told to stay`, {
    status: {
      current,
      allocation: recordOfSetting(look.allocation),
      ...decided(upgrade, now),
      ...(nodes === undefined ? {} : { nodes }),
    },
  });
  const last = nodesToDo(upgrade, look).length === 1;
  const old = `the last one that is older than ${upgrade.spec.targetVersion}: after it there is no way back`;
  const note = `node ${node.name} (${node.version}) is upgraded${last ? `, ${old}` : ''}`;
  const event: Happening = { type: 'Normal', reason: last ? 'LastNode' : 'NodeStarted', action: 'Upgrade', note };
  return { ...withoutQuestion(started), event };
}

/** Only when the setting is seen to hold the node may go, and only when every shard has another working copy. */
export function freeze(upgrade: RollingUpgrade, current: RollingUpgradeCurrent, sight: Seen, now: Date): Plan {
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
      : (missingMembers(upgrade, look) ??
        onlyCopyOn(node.name, sight, acceptedIn(upgrade, sight)) ??
        snapshotUnderWay(sight));
  if (node === undefined || reason !== undefined || look.health === 'red')
    // What was made meanwhile finds its place only when shards may move again.
    return toStep(upgrade, 'Restoring', now, reason ?? 'the cluster is red');
  return toStep(upgrade, 'Replacing', now, `node ${node.name} may be stopped`, {
    more: { ephemeralID: node.ephemeralID },
    intents: [{ do: 'flush', because: `node ${node.name} comes back sooner with its writes stored` }],
  });
}

/** Indices that may be without a working copy for a while. */
function acceptedIn({ spec }: RollingUpgrade, { indices }: Seen): ReadonlySet<string> {
  const alone = spec.acceptZeroReplicas === true ? indices.filter(({ replicas }) => replicas === 0) : [];
  return new Set(alone.map(({ name }) => name));
}
