import type { Explanation, ShardCopy } from './engine/engine.ts';

/** Where the copies of all shards are, as one look found them. */
export interface Placement {
  readonly copies: readonly ShardCopy[];
  /** Of copies that are nowhere; all of them, unless one was found that may still be placed. */
  readonly explanations: readonly Explanation[];
}

/** Milliseconds between the two looks that must find the same: one alone may fall between two moves. */
export const betweenLooks = 500;

/** The reason that the upgrade of further nodes takes away. */
const byVersion = 'node_version';
/** A node that has another copy of the shard is no place for this one, whatever its version. */
const byCopy = 'same_shard';
/** Nodes that the shard is not meant for: by tier or name, or since its zone has a copy already. */
const byPlacement: ReadonlySet<string> = new Set(['filter', 'awareness']);

/**
 * @returns what still moves, or may; undefined when every copy is where it can be. A yellow cluster may be settled, and
 * a cluster in which nothing moves may be not: what decides is why each copy is nowhere.
 */
export function unsettledBy({ copies, explanations }: Placement): string | undefined {
  const moving = copies.find(({ state }) => state === 'INITIALIZING' || state === 'RELOCATING');
  if (moving !== undefined) {
    const how = moving.state === 'RELOCATING' ? 'moving' : 'being filled';
    return `${copyText(moving)} is ${how} on node ${moving.node ?? '?'}`;
  }
  const open = explanations.find((explanation) => !isFinal(explanation));
  if (open !== undefined) return `${copyText(open.copy)} is not placed yet: ${reasonOf(open)}`;
  const unexplained = copies.find(
    (copy) => copy.state === 'UNASSIGNED' && !explanations.some((known) => isSameCopy(known.copy, copy)),
  );
  return unexplained === undefined ? undefined : `${copyText(unexplained)} is not placed yet`;
}

/**
 * Nothing places it but a node with a version that may have it, or a further node. Where an older node would be its
 * place but for its version, others may be none for reasons of the index; but each has a reason that lasts, and none
 * is held back by a setting, a delay or what may pass.
 */
export function isFinal({ copy, verdict, against }: Explanation): boolean {
  const waitsForVersion = against.some(({ decider }) => decider === byVersion);
  const lasts = (decider: string): boolean =>
    decider === byVersion || decider === byCopy || (waitsForVersion && byPlacement.has(decider));
  return !copy.primary && verdict === 'no' && against.length > 0 && against.every(({ decider }) => lasts(decider));
}

/** @returns the shard that nobody else has a working copy of; undefined: the node may go */
export function onlyCopyOn(
  node: string,
  { copies }: Pick<Placement, 'copies'>,
  accepted: ReadonlySet<string>,
): string | undefined {
  const alone = copies.find(
    (copy) =>
      copy.node === node &&
      !accepted.has(copy.index) &&
      !copies.some(
        (other) => other.index === copy.index && other.shard === copy.shard && other.node !== node && works(other),
      ),
  );
  return alone === undefined
    ? undefined
    : `no other node has a working copy of shard ${alone.shard} of index ${alone.index}`;
}

function works({ state }: ShardCopy): boolean {
  return state === 'STARTED' || state === 'RELOCATING';
}

function reasonOf({ verdict, said, against }: Explanation): string {
  const foreign = against.find(({ decider }) => decider !== byVersion && decider !== byCopy) ?? against[0];
  const why = foreign === undefined ? said : `decider ${foreign.decider} says of node ${foreign.node}: ${foreign.said}`;
  // How long a delay still lasts would make each look a new message.
  return `${verdict}; ${why.replaceAll(/\d+(\.\d+)?(ms|[smh])\b/g, 'a while')}`;
}

function copyText({ index, shard, primary }: ShardCopy): string {
  return `the ${primary ? 'primary' : 'replica'} of shard ${shard} of index ${index}`;
}

function isSameCopy(one: ShardCopy, other: ShardCopy): boolean {
  return one.index === other.index && one.shard === other.shard && one.primary === other.primary;
}
