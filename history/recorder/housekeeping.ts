import type { Logger } from 'pino';

import { pause } from '../../kube/backoff.ts';
import type { Client } from '../../kube/client.ts';
import type { Clock } from '../../kube/clock.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import { keyOf, type KubeObject } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { HistoryKind } from '../kind.ts';
import { complete, type Pen } from './act.ts';

/** A kind, and its objects that are there. */
export interface Watched<T extends KubeObject = KubeObject> {
  readonly kind: HistoryKind<T>;
  readonly objects: ReadStore<T>;
}

export interface Housekeeper extends Pen {
  readonly watched: readonly Watched[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Only objects of this namespace; all when undefined. */
  readonly namespace: string | undefined;
  /** For how many days the details of a record are kept after its end; 0: for ever. */
  readonly retentionDays: number;
}

const hour = 3_600_000;
const day = 24 * hour;
/** Records looked at, and pruned, in one go: nothing else goes on in this process meanwhile. */
const atOnce = 100;
/** Milliseconds between two goes, for all else. */
const breath = 20;

/**
 * Ends the records of objects that went while nobody watched, and prunes: at once, then every hour, until the signal
 * aborts.
 */
export async function keepHouse(keeper: Housekeeper, signal: AbortSignal): Promise<void> {
  const chores = [
    ...keeper.watched.map((watched) => () => endVanished(keeper, watched, signal)),
    () => prune(keeper, signal),
  ];
  while (!signal.aborted) {
    for (const chore of chores) {
      try {
        await chore();
      } catch (error) {
        keeper.log.warn({ err: error }, 'housekeeping failed and is tried again in an hour');
      }
    }
    await pause(hour, signal);
  }
}

/**
 * An object that was deleted while no recorder ran, and that nothing held: its record ends with what was seen last.
 * @returns how many
 */
export async function endVanished<T extends KubeObject>(
  keeper: Housekeeper,
  { kind, objects }: Watched<T>,
  signal: AbortSignal,
): Promise<number> {
  const { store, client, namespace, log } = keeper;
  let ended = 0;
  let after: string | undefined;
  while (!signal.aborted) {
    const open = await store.unfinished(kind, namespace, after, atOnce);
    for (const object of open) {
      const key = keyOf(object);
      if (objects.get(key)?.metadata.uid === object.metadata.uid || !(await isGone(client, kind, object))) continue;
      await complete(kind, object, 'vanished', keeper, log.child({ kind: kind.type.kind, key }));
      ended += 1;
    }
    after = open.at(-1)?.metadata.uid;
    if (open.length < atOnce) break;
    await pause(breath, signal);
  }
  if (ended > 0)
    log.info({ kind: kind.type.kind, ended }, 'objects went while no recorder ran: recorded as they were seen last');
  return ended;
}

/** Asks the API server itself: the cache may not have heard yet of what another recorder saw. */
async function isGone<T extends KubeObject>(client: Client, { type }: HistoryKind<T>, object: T): Promise<boolean> {
  return (await getIfThere(client, type, object.metadata))?.metadata.uid !== object.metadata.uid;
}

/** In small steps, since whoever reads or records waits meanwhile. @returns how many records */
export async function prune(
  { store, clock, metrics, log, retentionDays }: Housekeeper,
  signal: AbortSignal,
): Promise<number> {
  if (retentionDays === 0) return 0;
  const endedBefore = new Date(clock.now().getTime() - retentionDays * day);
  let pruned = 0;
  while (!signal.aborted) {
    const step = await store.prune(endedBefore, atOnce);
    metrics.pruned(step);
    pruned += step;
    if (step < atOnce) break;
    await pause(breath, signal);
  }
  if (pruned > 0) log.info({ pruned, endedBefore }, 'details of old records were forgotten');
  return pruned;
}
