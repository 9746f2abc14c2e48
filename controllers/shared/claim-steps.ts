import type { ClaimIntent } from './claim-intents.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Claims } from './claims.ts';
import { holderText, type HostClaim } from './hostclaims.ts';
import type { PlanOf } from './planning.ts';
import type { CommonStatus, Reported, Reports } from './reports.ts';
import { firstToElder } from './turns.ts';

/** Reasons of an object that wants machines and only waits for its turn on them. */
export const claimReasons = { hostClaimed: 'HostClaimed', hostQueued: 'HostQueued' } as const;

const seconds = (count: number): number => count * 1000;

/** A holder that crashed between its end and the release, or that was deleted without its finalizer. */
export function freeStaleClaims<S extends CommonStatus, I>(
  object: Reported<S>,
  { stale }: Pick<Claims, 'stale'>,
  now: Date,
  { waiting }: Pick<Reports<S, I | ClaimIntent>, 'waiting'>,
): PlanOf<S, I | ClaimIntent> | undefined {
  if (stale.length === 0) return undefined;
  const intents = stale.map((claim): ClaimIntent => ({
    do: 'freeStaleClaim',
    claim,
    because: `${holderText(claim.holder)} has ended`,
  }));
  return waiting(object, now, claimReasons.hostClaimed, takenText(stale), seconds(1), intents);
}

/** Who or what keeps an operation from its machines. */
export interface ClaimObstacle {
  /** It does not come right by itself. */
  readonly stuck: boolean;
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/**
 * Two operations on one machine is how clusters lose quorum: somebody else works there, so wait, and say who.
 * @param since RFC 3339: who waits since earlier goes first
 * @returns undefined when the machines can be claimed now
 */
export function claimObstacle(
  { metadata }: Pick<KubeObject, 'metadata'>,
  { taken, unknown, unreadable, waiting: others }: Claims,
  since: string,
): ClaimObstacle | undefined {
  const [mangled] = unreadable;
  if (mangled !== undefined) return { stuck: true, reason: 'ClaimUnreadable', message: mangledText(mangled) };
  if (taken.length > 0) return { stuck: false, reason: claimReasons.hostClaimed, message: takenText(taken, unknown) };
  const first = firstToElder(others, { uid: metadata.uid ?? '', since });
  if (first === undefined) return undefined;
  const { kind, key } = first.elder;
  const message = `host ${first.host} goes first to ${kind} ${key}, which is older and waits`;
  return { stuck: false, reason: claimReasons.hostQueued, message };
}

/** The same as a plan. @param since RFC 3339: who waits since earlier goes first */
export function waitForHosts<S extends CommonStatus, I>(
  object: Reported<S>,
  claims: Claims,
  since: string,
  now: Date,
  { waiting, stuck }: Pick<Reports<S, I>, 'waiting' | 'stuck'>,
): PlanOf<S, I> | undefined {
  const obstacle = claimObstacle(object, claims, since);
  if (obstacle === undefined) return undefined;
  return (obstacle.stuck ? stuck : waiting)(object, now, obstacle.reason, obstacle.message, seconds(15));
}

/** What the operation holds is let go. @returns nothing where it holds nothing */
export function released({ held }: Pick<Claims, 'held'>, because: string): readonly ClaimIntent[] {
  return held.length === 0 ? [] : [{ do: 'releaseHosts', hosts: held, because }];
}

function mangledText({ host, lease }: Claims['unreadable'][number]): string {
  return `host ${host} is claimed by Lease ${lease}, which does not say by whom: when nothing works there, delete it`;
}

function takenText(taken: readonly HostClaim[], unknown: readonly HostClaim[] = []): string {
  const [first] = taken;
  if (first === undefined) return '';
  const stranger = unknown.some(({ lease }) => lease === first.lease)
    ? `, a kind that these controllers do not know: they cannot tell whether it has ended`
    : '';
  const more = taken.length > 1 ? ` (and ${taken.length - 1} more hosts are claimed)` : '';
  return `host ${first.host} is claimed by ${holderText(first.holder)}${stranger}${more}`;
}
