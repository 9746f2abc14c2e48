import type { CreatedVersion } from '../versions.ts';

/*
 * What a controller sees of a search cluster, and the few things that it does to it. Whatever is told here comes from
 * an elected manager: an answer without one is an error.
 */

/** A node that is a member of the cluster at the moment. */
export interface EngineNode {
  /** What it calls itself. */
  readonly name: string;
  /** Of its process: another one after each start. */
  readonly ephemeralID: string;
  /** Undefined: it is counted as a member, but does not answer. */
  readonly version: string | undefined;
  readonly roles: readonly string[];
}

/** Where shards may be placed, by the scope in which it is set. The transient value wins. */
export interface AllocationSetting {
  readonly persistent?: string;
  readonly transient?: string;
}

/** The cluster, as its manager tells. */
export interface ClusterLook {
  readonly name: string;
  readonly uuid: string;
  readonly health: 'green' | 'yellow' | 'red';
  /** Name of the elected manager. */
  readonly manager: string;
  readonly nodes: readonly EngineNode[];
  readonly allocation: AllocationSetting;
  /** Other settings that steer where shards are placed, as `scope key=value`. */
  readonly steering: readonly string[];
  /** Keys of settings that an older version knew; with one of them no other setting can be changed. */
  readonly archived: readonly string[];
}

/** One copy of a shard. */
export interface ShardCopy {
  readonly index: string;
  readonly shard: number;
  readonly primary: boolean;
  readonly state: string;
  /** Name of the node that has it; of a copy that moves, the one that it leaves. */
  readonly node: string | undefined;
}

/** Why a copy is nowhere. */
export interface Explanation {
  readonly copy: ShardCopy;
  /** The engine's own verdict: `no` is final as far as it goes, everything else means that it may still be placed. */
  readonly verdict: string;
  /** What speaks against each node. */
  readonly against: readonly { readonly node: string; readonly decider: string; readonly said: string }[];
  /** The verdict in a sentence of the engine. */
  readonly said: string;
}

/** How an index is set. */
export interface IndexFacts {
  readonly name: string;
  readonly replicas: number;
  /** Its own setting of where its shards may be placed; it wins over the cluster's. */
  readonly allocation: string | undefined;
  /** The version in which it was made; undefined: it does not tell. */
  readonly created: CreatedVersion | undefined;
  /** Between how many replicas it follows the number of nodes, for example `0-all`. */
  readonly autoExpand: string | undefined;
}

/** Of the disk of a node that holds data, in bytes. */
export interface DiskFacts {
  readonly node: string;
  readonly total: number;
  readonly available: number;
}

/** What is looked at besides before the start: it costs the cluster more than a look. */
export interface Survey {
  readonly indices: readonly IndexFacts[];
  readonly disks: readonly DiskFacts[];
  /** From when on a node is given no further replica, as it is set; undefined: disks are not looked at. */
  readonly lowWatermark: string | undefined;
  /** Names of nodes that are kept from voting for a manager. */
  readonly votingExclusions: readonly string[];
  readonly plugins: readonly { readonly node: string; readonly plugin: string }[];
  /** What is in the repository; undefined: there is no such repository, or none was named. */
  readonly snapshots: { readonly latest: SnapshotFacts | undefined } | undefined;
}

/** A snapshot that has succeeded, of all its shards. */
export interface SnapshotFacts {
  readonly name: string;
  readonly ended: Date;
}

/** A search cluster. Every method throws an OutsideError when it cannot be asked. */
export interface SearchEngine {
  /** @throws NoManagerError */
  look(): Promise<ClusterLook>;
  indices(): Promise<readonly IndexFacts[]>;
  /** @param repository in which a snapshot is looked for */
  survey(repository: string | undefined): Promise<Survey>;
  copies(): Promise<readonly ShardCopy[]>;
  /** @returns in which state a snapshot is, in the engine's word (`SUCCESS`: whole); undefined: there is none */
  snapshotState(repository: string, name: string): Promise<string | undefined>;
  /** @returns names of the snapshots that are being taken */
  runningSnapshots(): Promise<readonly string[]>;
  /** @returns undefined when the copy is placed by now, or its index is gone */
  explain(copy: ShardCopy): Promise<Explanation | undefined>;
  /** Sets the persistent value, undefined takes it away. May be repeated. What is so then, only a look tells. */
  setAllocation(value: string | undefined): Promise<void>;
  /** Begins a snapshot of the whole cluster. May be repeated: of one name there is one. */
  takeSnapshot(repository: string, name: string): Promise<void>;
  /** Has recent writes stored, so that a node that comes back has less to do. May be repeated. */
  flush(): Promise<void>;
}
