import type { RollingUpgrade, RollingUpgradeStatus } from '../../crds/types/rollingupgrade.ts';
import type { ClusterLook } from './engine/engine.ts';
import type { Plan } from './intents.ts';
import type { NodeChange } from './nodes.ts';
import type { Seen } from './observe.ts';
import { lookAgain, underWay } from './reports.ts';
import { betweenLooks, unsettledBy } from './settled.ts';

/** What one look and those before it say of the shards. */
export interface Calm {
  /** What moves, or may; undefined: nothing. */
  readonly held: string | undefined;
  /** An earlier look found nothing either. */
  readonly sure: boolean;
  /** For the status. */
  readonly status: Pick<RollingUpgradeStatus, 'settledSince' | 'current'>;
}

export function calmOf(upgrade: RollingUpgrade, sight: Seen, now: Date): Calm {
  const held = unsettledBy(sight) ?? (sight.look.health === 'red' ? 'the cluster is red' : undefined);
  const since = upgrade.status?.settledSince;
  if (held !== undefined) return { held, sure: false, status: {} };
  if (since === undefined) return { held, sure: false, status: { settledSince: now.toISOString() } };
  return { held, sure: now.getTime() - Date.parse(since) >= betweenLooks, status: { settledSince: since } };
}

/** Something moves, or has not been seen at rest for long enough. */
export function waitUntilSettled(
  upgrade: RollingUpgrade,
  now: Date,
  { held, status }: Calm,
  change: NodeChange = {},
): Plan {
  const next = underWay(upgrade, now, 'Settling', held ?? 'everything is placed; one more look makes sure', {
    status,
    change,
    requeueAfter: held === undefined ? betweenLooks : lookAgain,
  });
  return held === undefined ? next : forgettingCalm(next);
}

export function forgettingCalm(next: Plan): Plan {
  const { settledSince: _, ...status } = next.status ?? {};
  return { ...next, status };
}

/** @returns which nodes of the spec are not there, or do not answer */
export function missingMembers({ spec }: RollingUpgrade, { nodes }: ClusterLook): string | undefined {
  const there = new Set(nodes.filter(({ version }) => version !== undefined).map(({ name }) => name));
  const missing = spec.members.hosts.nodes.map(({ name }) => name).filter((name) => !there.has(name));
  return missing.length === 0 ? undefined : `node ${missing.join(', ')} is not in the cluster`;
}
