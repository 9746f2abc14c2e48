import { UnreachableError } from '../../../controllers/shared/outside/errors.ts';
import type {
  ClusterLook,
  EngineNode,
  Explanation,
  IndexFacts,
  SearchEngine,
  ShardCopy,
  SnapshotFacts,
  Survey,
} from '../../../controllers/rollingupgrade/engine/engine.ts';
import { NoManagerError } from '../../../controllers/rollingupgrade/engine/errors.ts';

export interface PlayedNode {
  readonly name: string;
  readonly roles?: readonly string[];
  readonly version?: string;
}

export interface PlayedIndex {
  readonly name: string;
  readonly replicas: number;
  readonly allocation?: string;
  readonly created?: IndexFacts['created'];
  readonly autoExpand?: string;
}

/** How OpenSearch answers, as far as an upgrade asks: in the words and in the order in which the real one does. */
interface Member {
  readonly name: string;
  readonly roles: readonly string[];
  version: string;
  starts: number;
  present: boolean;
}

interface Copy {
  readonly index: string;
  primary: boolean;
  node: string | undefined;
}

/** Two looks after a change shards stand still although they are about to be placed. */
const looksUntilPlaced = 2;

/**
 * A search cluster that is only played: nodes leave and come back, the allocation setting has its effect, and shards
 * take their time. It outlives the controllers that look at it.
 */
export class PlayedSearchCluster {
  readonly name = 'search';
  uuid = 'uuid-of-search';
  readonly members: Member[];
  readonly indices: PlayedIndex[];
  /** What was set, in order; undefined: taken away. */
  readonly settings: (string | undefined)[] = [];
  /** Nodes whose software was replaced, in order. */
  readonly replaced: string[] = [];
  /** What happened and must never happen. */
  readonly broken: string[] = [];
  persistent: string | undefined;
  transient: string | undefined;
  reachable = true;
  managerless = false;
  manager: string;
  latestSnapshot: SnapshotFacts | undefined;
  /** States of those that an upgrade has begun, by name; each look at one that is being taken brings it on. */
  readonly snapshotStates = new Map<string, string>();
  /** What becomes of a snapshot. */
  snapshotEnd = 'SUCCESS';
  /** Names of those that are being taken. */
  runningSnapshots: readonly string[] = [];
  #copies: Copy[] = [];
  #patience = 0;

  constructor(nodes: readonly PlayedNode[], indices: readonly PlayedIndex[] = [{ name: 'docs', replicas: 1 }]) {
    this.members = nodes.map(({ name, roles = ['cluster_manager', 'data'], version = '2.7.0' }) => ({
      name,
      roles,
      version,
      starts: 1,
      present: true,
    }));
    this.manager = this.members.find(({ roles }) => roles.includes('cluster_manager'))?.name ?? '';
    this.indices = [];
    for (const index of indices) this.addIndex(index);
  }

  addIndex(index: PlayedIndex): void {
    this.indices.push(index);
    const nodes = this.members.filter(({ present, roles }) => present && roles.includes('data'));
    for (let number = 0; number <= index.replicas; number += 1) {
      const frozen = number > 0 && this.#frozen;
      const node = nodes[(this.indices.length + number) % nodes.length]?.name;
      this.#copies.push({ index: index.name, primary: number === 0, node: frozen ? undefined : node });
    }
  }

  /** It is placed as any copy that is nowhere. */
  addReplica(name: string): void {
    this.indices.splice(
      0,
      this.indices.length,
      ...this.indices.map((index) => (index.name === name ? { ...index, replicas: index.replicas + 1 } : index)),
    );
    this.#copies.push({ index: name, primary: false, node: undefined });
    this.#patience = looksUntilPlaced;
  }

  /** Its process ends; other copies take over. */
  leaves(name: string): void {
    const member = this.#member(name);
    if (!this.#frozen) this.broken.push(`node ${name} was stopped while shards could move`);
    const away = this.members.filter(({ present }) => !present);
    const [snapshot] = this.runningSnapshots;
    if (snapshot !== undefined) this.broken.push(`node ${name} was stopped while snapshot ${snapshot} was taken`);
    if (away.length > 0) this.broken.push(`node ${name} was stopped while ${away[0]?.name} was away`);
    member.present = false;
    for (const copy of this.#copies.filter((each) => each.node === name)) {
      copy.node = undefined;
      const heir = this.#copies.find((other) => other.index === copy.index && other.node !== undefined);
      if (copy.primary && heir !== undefined) [copy.primary, heir.primary] = [false, true];
    }
    if (this.manager === name) {
      const next = this.members.find(({ present, roles }) => present && roles.includes('cluster_manager'));
      this.manager = next?.name ?? name;
    }
  }

  comesBack(name: string, version: string): void {
    const member = this.#member(name);
    Object.assign(member, { version, starts: member.starts + 1, present: true });
    for (const copy of this.#copies.filter(({ node, primary }) => node === undefined && primary)) copy.node = name;
    this.#patience = looksUntilPlaced;
  }

  /** A node that is upgraded is started again by nobody but itself. */
  crashes(name: string): void {
    this.#member(name).starts += 1;
  }

  /** It is there no more, and nobody has told it to go. */
  isLost(name: string): void {
    this.#member(name).present = false;
  }

  isFound(name: string): void {
    this.#member(name).present = true;
  }

  /** What the content of a task does. */
  replace(name: string, version: string): void {
    this.replaced.push(name);
    this.leaves(name);
    this.comesBack(name, version);
  }

  /** A controller's way to it. */
  engine(): SearchEngine {
    return {
      look: async () => this.#look(),
      indices: async () => this.#asked(() => this.#indexFacts()),
      survey: async () => this.#asked(() => this.#survey()),
      copies: async () => this.#asked(() => this.#shown()),
      snapshotState: async (_, name) => this.#asked(() => this.#snapshotState(name)),
      takeSnapshot: async (_, name) =>
        this.#asked(() => {
          if (this.replaced.length > 0) this.broken.push(`snapshot ${name} was begun after a node was replaced`);
          if (!this.snapshotStates.has(name)) this.snapshotStates.set(name, 'IN_PROGRESS');
        }),
      runningSnapshots: async () => this.#asked(() => this.runningSnapshots),
      explain: async (copy) => this.#asked(() => this.#explain(copy)),
      setAllocation: async (value) =>
        this.#asked(() => {
          this.settings.push(value);
          this.persistent = value;
          this.#patience = looksUntilPlaced;
        }),
      flush: async () => this.#asked(() => undefined),
    };
  }

  get #frozen(): boolean {
    return (this.transient ?? this.persistent ?? 'all') !== 'all';
  }

  #asked<T>(answer: () => T): T {
    if (!this.reachable) throw new UnreachableError('OpenSearch', 'OpenSearch does not answer at http://search:9200');
    return answer();
  }

  #look(): ClusterLook {
    return this.#asked(() => {
      if (this.managerless) throw new NoManagerError();
      const { persistent, transient } = this;
      const unassigned = this.#copies.filter(({ node }) => node === undefined);
      const look: ClusterLook = {
        name: this.name,
        uuid: this.uuid,
        health: unassigned.some(({ primary }) => primary) ? 'red' : unassigned.length > 0 ? 'yellow' : 'green',
        manager: this.manager,
        nodes: this.members
          .filter(({ present }) => present)
          .map(({ name, starts, version, roles }): EngineNode => ({
            name,
            ephemeralID: `${name}-${starts}`,
            version,
            roles,
          })),
        allocation: {
          ...(persistent === undefined ? {} : { persistent }),
          ...(transient === undefined ? {} : { transient }),
        },
        steering: [],
        archived: [],
      };
      this.#place();
      return look;
    });
  }

  #indexFacts(): readonly IndexFacts[] {
    return this.indices.map(({ name, replicas, allocation, created, autoExpand }) => {
      return { name, replicas, allocation, created, autoExpand };
    });
  }

  #survey(): Survey {
    const snapshots = { latest: this.latestSnapshot };
    const nothing = { disks: [], lowWatermark: undefined, votingExclusions: [], plugins: [] };
    return { ...nothing, indices: this.#indexFacts(), snapshots };
  }

  #snapshotState(name: string): string | undefined {
    const state = this.snapshotStates.get(name);
    if (state !== undefined) this.snapshotStates.set(name, this.snapshotEnd);
    return state;
  }

  /** Time passes with the looks. */
  #place(): void {
    if (this.#frozen) return;
    if (this.#patience > 0) {
      this.#patience -= 1;
      return;
    }
    for (const copy of this.#copies.filter(({ node }) => node === undefined))
      copy.node = this.#placesFor(copy)[0]?.name;
  }

  #placesFor({ index }: Copy): readonly Member[] {
    const primary = this.#copies.find((copy) => copy.index === index && copy.primary);
    const version = this.members.find(({ name }) => name === primary?.node)?.version ?? '';
    const taken = new Set(this.#copies.filter((copy) => copy.index === index).map(({ node }) => node));
    return this.members.filter(
      (member) =>
        member.present && member.roles.includes('data') && !taken.has(member.name) && member.version >= version,
    );
  }

  #shown(): readonly ShardCopy[] {
    return this.#copies.map(({ index, primary, node }) => ({
      index,
      shard: 0,
      primary,
      state: node === undefined ? 'UNASSIGNED' : 'STARTED',
      node,
    }));
  }

  #explain(copy: ShardCopy): Explanation | undefined {
    const found = this.#copies.find(
      ({ index, primary, node }) => index === copy.index && primary === copy.primary && node === undefined,
    );
    if (found === undefined) return undefined;
    if (!this.#frozen && this.#placesFor(found).length > 0)
      return { copy, verdict: 'yes', against: [], said: 'can allocate the shard' };
    const said = 'cannot allocate because allocation is not permitted to any of the nodes';
    return {
      copy,
      verdict: 'no',
      said,
      against: this.members.filter(({ present }) => present).map(({ name }) => this.#against(found, name)),
    };
  }

  #against({ index }: Copy, node: string): Explanation['against'][number] {
    if (this.#frozen) return { node, decider: 'enable', said: 'replica allocations are forbidden' };
    return this.#copies.some((other) => other.index === index && other.node === node)
      ? { node, decider: 'same_shard', said: 'a copy of this shard is already allocated to this node' }
      : { node, decider: 'node_version', said: 'cannot allocate replica shard to a node with an older version' };
  }

  #member(name: string): Member {
    const found = this.members.find((member) => member.name === name);
    if (found === undefined) throw new Error(`there is no node ${name}`);
    return found;
  }
}
