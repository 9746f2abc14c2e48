import type { Intent } from './intents.ts';

/** Lanes under way at once: as many calls as the client has connections. */
const width = 10;
/** Of evictions, which have connections of their own: the API server may let each wait for others of its budget. */
const evictionsAtOnce = 100;

/** Intents that may be carried out beside those of other lanes; in each lane their order counts. */
export type Lanes = readonly (readonly Intent[])[];

/**
 * Splits intents into groups, one after the other, and these into lanes: what is done to one node does not wait for
 * another one, no eviction waits for anything, and what is about all nodes waits for all.
 */
export function lanesOf(intents: readonly Intent[]): readonly Lanes[] {
  const groups: Lanes[] = [];
  let open = new Map<string, Intent[]>();
  const close = (): void => {
    if (open.size > 0) groups.push([...open.values()]);
    open = new Map();
  };
  for (const intent of intents) {
    const lane = laneOf(intent);
    if (lane === undefined) {
      close();
      groups.push([[intent]]);
    } else open.set(lane, [...(open.get(lane) ?? []), intent]);
  }
  close();
  return groups;
}

/**
 * Carries out what the lanes hold, some of them at once. A lane that fails ends there, and holds up no other.
 * @throws the first failure, after all lanes have ended
 */
export async function sideBySide(lanes: Lanes, each: (intent: Intent) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  const work = async (waiting: Iterable<Lanes[number]>): Promise<void> => {
    for (const lane of waiting) {
      try {
        for (const intent of lane) await each(intent);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  const { evictions = [], others = [] } = Object.groupBy(lanes, ([first]) =>
    first?.do === 'evict' ? 'evictions' : 'others',
  );
  await Promise.all([...workers(evictionsAtOnce, evictions, work), ...workers(width, others, work)]);
  if (failures.length > 0) throw failures[0];
}

/** So many at once share what there is to do. */
function workers(
  count: number,
  lanes: Lanes,
  work: (waiting: Iterable<Lanes[number]>) => Promise<void>,
): readonly Promise<void>[] {
  const waiting = lanes.values();
  return Array.from({ length: Math.min(count, lanes.length) }, async () => work(waiting));
}

/** @returns undefined for what has to wait for everything before it, and everything after it for that */
function laneOf(intent: Intent): string | undefined {
  if (intent.do === 'takeOut' || intent.do === 'putBack') return intent.node.metadata.name;
  if (intent.do === 'evict') return intent.pod.uid;
  const ofHosts = intent.do === 'claimHosts' || intent.do === 'releaseHosts';
  return ofHosts && intent.hosts.length === 1 ? intent.hosts[0] : undefined;
}
