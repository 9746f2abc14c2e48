import type { RollingUpgrade, RollingUpgradeEnding, RollingUpgradeStatus } from '../../crds/types/rollingupgrade.ts';
import { rfc3339, truncate } from '../../kube/conditions.ts';
import { released } from '../shared/claim-steps.ts';
import { isRestored, restored } from './allocation.ts';
import { anotherCluster } from './another-cluster.ts';
import type { Plan } from './intents.ts';
import { withWaiting, type NodeChange } from './nodes.ts';
import type { Observed } from './observe.ts';
import { isRunning } from './phases.ts';
import { hidden, reports, underWay } from './reports.ts';

/** Remembers how it will have ended; what it changed is put back first. */
export function beginEnding(
  upgrade: RollingUpgrade,
  now: Date,
  ending: RollingUpgradeEnding,
  change: NodeChange = {},
): Plan {
  const message = truncate(ending.message, 1024);
  return underWay(upgrade, now, 'Ending', `${message}; what was set is put back`, {
    status: { ending: { ...ending, message } },
    change,
    requeueAfter: 50,
  });
}

/** On every way out but success, which comes here with nothing to put back. */
export function comeToTheEnd({ upgrade, sight, claims }: Observed, now: Date): Plan | undefined {
  const { ending, allocation } = upgrade.status ?? {};
  if (ending === undefined || !isRunning(upgrade)) return undefined;
  if (allocation !== undefined) {
    if (sight.is === 'hidden') return hidden(upgrade, now, sight.trouble);
    if (sight.is === 'not asked') return underWay(upgrade, now, 'Ending', 'the cluster is looked at');
    const other = anotherCluster(upgrade, sight.look);
    if (other !== undefined) return hidden(upgrade, now, other);
    if (!isRestored(allocation, sight.look.allocation))
      return underWay(upgrade, now, 'Ending', `${ending.message}; what was set is put back`, {
        intents: restored(allocation, sight.look.allocation, 'the upgrade ends'),
        requeueAfter: 50,
      });
  }
  const { phase, reason, message } = ending;
  const end = {
    good: false,
    reason,
    message: `${message}; ${remaining(upgrade)}`,
    status: { phase, completionTime: rfc3339(now) },
  };
  const ended = reports.ended(upgrade, now, end, released(claims, 'the upgrade has ended'));
  return { ...ended, ...(ended.status === undefined ? {} : { status: withoutWork(ended.status, now) }) };
}

/** Every node has the new version, and every copy of every shard its place. */
export function succeed(upgrade: RollingUpgrade, now: Date): Plan {
  const message = remaining(upgrade);
  const status = { phase: 'Succeeded', completionTime: rfc3339(now) } as const;
  const ended = reports.ended(upgrade, now, { good: true, reason: 'Succeeded', message, status });
  return { ...ended, ...(ended.status === undefined ? {} : { status: withoutWork(ended.status, now) }) };
}

/** @returns how many nodes have the new version, and which have not */
function remaining({ spec, status }: RollingUpgrade): string {
  const nodes = status?.nodes ?? [];
  const left = nodes.filter((node) => node.status !== 'complete').map(({ name }) => name);
  const done = `${nodes.length - left.length} of ${nodes.length} nodes have ${spec.targetVersion}`;
  return left.length === 0 ? done : `${done}; not yet: ${left.join(', ')}`;
}

/** What is of the way only. */
const work: ReadonlySet<string> = new Set(['current', 'ending', 'allocation', 'settledSince', 'waiting']);

function withoutWork(status: RollingUpgradeStatus, now: Date): RollingUpgradeStatus {
  const nodes = withWaiting(status.nodes, undefined, '', now);
  const left = Object.fromEntries(Object.entries(status).filter(([name]) => !work.has(name)));
  return { ...left, ...(nodes === undefined ? {} : { nodes }) };
}
