import type { Intent } from './intents.ts';

/** Lanes under way at once: as many calls as the client has connections. */
const width = 10;

/** Intents that may be carried out beside those of other lanes; in each lane their order counts. */
export type Lanes = readonly (readonly Intent[])[];

/**
 * Splits intents into groups, one after the other, and these into lanes: what is done to one node does not wait for
 * another one, and what is about all of them waits for all.
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
  const waiting = lanes.values();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const lane of waiting) {
      try {
        for (const intent of lane) await each(intent);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, lanes.length) }, worker));
  if (failures.length > 0) throw failures[0];
}

/** @returns undefined for what has to wait for everything before it, and everything after it for that */
function laneOf(intent: Intent): string | undefined {
  if (intent.do === 'takeOut' || intent.do === 'putBack') return intent.node.metadata.name;
  if (intent.do === 'evict') return intent.node;
  const ofHosts = intent.do === 'claimHosts' || intent.do === 'releaseHosts';
  return ofHosts && intent.hosts.length === 1 ? intent.hosts[0] : undefined;
}
