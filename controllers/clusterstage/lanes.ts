import type { Intent } from './intents.ts';

/** Lanes under way at once: as many calls as the client has connections. */
const width = 10;

/** Intents that may be carried out beside those of other lanes; in each lane their order counts. */
type Lanes = readonly (readonly Intent[])[];

/** What is done to nodes, in this order: those that go out may do so in the place of those that come back. */
const turns = ['comes back', 'goes out', 'is emptied'] as const;

interface Place {
  readonly turn: (typeof turns)[number];
  /** Lanes of one turn go side by side. */
  readonly lane: string;
}

/**
 * Splits intents into groups, one after the other, and these into lanes: what is done to one node does not wait for
 * another one of its turn, and what is about all nodes waits for all.
 */
export function lanesOf(intents: readonly Intent[]): readonly Lanes[] {
  const groups: Lanes[] = [];
  let open: (Place & { readonly intent: Intent })[] = [];
  const close = (): void => {
    for (const turn of turns) {
      const lanes = Map.groupBy(
        open.filter((each) => each.turn === turn),
        ({ lane }) => lane,
      );
      if (lanes.size > 0) groups.push([...lanes.values()].map((lane) => lane.map(({ intent }) => intent)));
    }
    open = [];
  };
  for (const intent of intents) {
    const place = placeOf(intent);
    if (place === undefined) {
      close();
      groups.push([[intent]]);
    } else open.push({ ...place, intent });
  }
  close();
  return groups;
}

/**
 * Carries out intents, group by group. A lane that fails ends there, and holds up no other of its group.
 * @throws the first failure of a group, after all its lanes have ended; the next groups are not begun
 */
export async function carryOut(intents: readonly Intent[], each: (intent: Intent) => Promise<void>): Promise<void> {
  for (const lanes of lanesOf(intents)) await sideBySide(lanes, each);
}

async function sideBySide(lanes: Lanes, each: (intent: Intent) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  const waiting = lanes.values();
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
function placeOf(intent: Intent): Place | undefined {
  switch (intent.do) {
    case 'putBack':
      return { turn: 'comes back', lane: intent.node.metadata.name };
    case 'takeOut':
      return { turn: 'goes out', lane: intent.node.metadata.name };
    case 'evict':
      return { turn: 'is emptied', lane: intent.pod.uid };
    case 'freeStaleClaim':
      return { turn: 'comes back', lane: intent.claim.host };
    case 'claimHosts':
    case 'releaseHosts': {
      const [host, ...others] = intent.hosts;
      if (host === undefined || others.length > 0) return undefined;
      return { turn: intent.do === 'claimHosts' ? 'goes out' : 'comes back', lane: host };
    }
    case 'addFinalizer':
    case 'removeFinalizer':
    case 'makeChildren':
    case 'changeChildren':
    case 'deleteChildren':
    case 'releaseChildren':
      return undefined;
  }
}
