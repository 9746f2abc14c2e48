import type { RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import { isTrue } from '../../kube/conditions.ts';
import { isFinished, isRunning } from './phases.ts';

/** How an upgrade stands that has not ended. `stalled`: somebody has to do something. */
export type UpgradeStanding = 'pending' | 'under_way' | 'paused' | 'stalled';

/** What there is to tell of all upgrades; nothing is told by a name. */
export interface UpgradeFigures {
  readonly standings: ReadonlyMap<UpgradeStanding, number>;
  /** Seconds by which an upgrade has waited for longer than its healthTimeoutSeconds; of several the longest. */
  readonly overdue: number;
  /** Seconds for which a cluster has been left as an upgrade set it while no node is away; of several the longest. */
  readonly held: number;
  /** Search clusters of which the latest upgrade ended before every node had the new version. */
  readonly unfinished: number;
}

/** @returns what is told of these upgrades at this time; a dry run does nothing, and is not counted */
export function upgradeFiguresOf(upgrades: Iterable<RollingUpgrade>, now: Date): UpgradeFigures {
  const standings = new Map<UpgradeStanding, number>();
  const latest = new Map<string, RollingUpgrade>();
  let [overdue, held] = [0, 0];
  for (const upgrade of upgrades) {
    const { metadata, spec } = upgrade;
    if (spec.dryRun === true) continue;
    const cluster = `${metadata.namespace} ${spec.serviceGroupInstanceNo}`;
    const other = latest.get(cluster);
    if (other === undefined || madeAt(other) < madeAt(upgrade)) latest.set(cluster, upgrade);
    if (isFinished(upgrade)) continue;
    const standing = standingOf(upgrade);
    standings.set(standing, (standings.get(standing) ?? 0) + 1);
    overdue = Math.max(overdue, overdueOf(upgrade, now));
    held = Math.max(held, heldSince(upgrade, now));
  }
  return { standings, overdue, held, unfinished: [...latest.values()].filter(isLeftHalfWay).length };
}

function standingOf({ spec, status }: RollingUpgrade): UpgradeStanding {
  if (isTrue(status?.conditions, 'Stalled')) return 'stalled';
  if (spec.paused === true && status?.current === undefined) return 'paused';
  return status?.phase === 'Running' ? 'under_way' : 'pending';
}

/** Whoever pauses an upgrade wants it to wait. */
function overdueOf(upgrade: RollingUpgrade, now: Date): number {
  const { spec, status } = upgrade;
  const { current } = status ?? {};
  if (!isRunning(upgrade) || standingOf(upgrade) === 'paused' || takesAsLongAsItTakes(upgrade)) return 0;
  const times = [status?.startTime, current?.since, ...(status?.nodes ?? []).map(({ updatedDate }) => updatedDate)];
  return Math.max(0, secondsSince(lastOf(times), now) - (spec.healthTimeoutSeconds ?? 600));
}

/** A task has a limit of its own, a person and a snapshot take their time, and a node that bakes is to. */
function takesAsLongAsItTakes({ status }: RollingUpgrade): boolean {
  const { current, waiting, snapshotTaken } = status ?? {};
  if (current === undefined && snapshotTaken !== undefined && snapshotTaken.completionTime === undefined) return true;
  return waiting !== undefined || current?.step === 'Replacing' || current?.step === 'Baking';
}

/** While a node is away, shards are told to stay where they are; at no other time for long. */
function heldSince({ metadata, status }: RollingUpgrade, now: Date): number {
  const { current, ending, allocation, nodes = [] } = status ?? {};
  if (allocation === undefined) return 0;
  const ends = ending !== undefined || metadata.deletionTimestamp !== undefined;
  if (!ends && (current?.step === 'Replacing' || current?.step === 'Returning')) return 0;
  const changed = nodes.find(({ name }) => name === current?.node)?.updatedDate;
  return secondsSince(lastOf([current?.since, changed, metadata.deletionTimestamp]), now);
}

/** Both versions are in the cluster, or a node did not come back. */
function isLeftHalfWay(upgrade: RollingUpgrade): boolean {
  const { phase, nodes = [] } = upgrade.status ?? {};
  if (!isFinished(upgrade) || phase === 'Succeeded') return false;
  const done = nodes.filter(({ status }) => status === 'complete').length;
  return nodes.some(({ status }) => status === 'failed') || (done > 0 && done < nodes.length);
}

function madeAt({ metadata }: RollingUpgrade): string {
  return `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`;
}

function lastOf(times: readonly (string | undefined)[]): string | undefined {
  return times
    .filter((time) => time !== undefined)
    .toSorted()
    .at(-1);
}

function secondsSince(time: string | undefined, now: Date): number {
  return time === undefined ? 0 : Math.max(0, (now.getTime() - Date.parse(time)) / 1000);
}
