import type { KubeObject, ObjectKey } from '../kube/objects.ts';
import type { Entry, HistoryKind, Row, Rows } from './kind.ts';

/** An object, or one generation of it, as the history knows it: slim, with the status as it was last seen. */
export interface Recorded<T extends KubeObject = KubeObject> {
  readonly object: T;
  /** How it ended is recorded, with its details; nothing will change any more. */
  readonly complete: boolean;
  /** The time for which details are kept is over: only name, ids, labels and what the kind keeps for ever are known. */
  readonly pruned?: true;
}

/** Something that somebody did to an object. */
export interface Operation {
  readonly uid: string;
  /** What was done, for example `create`, `stop` or `delete`. */
  readonly operation: string;
  /** The Kubernetes user in whose name it was done; empty where it is not known. */
  readonly user: string;
  /** The request of a REST API by which it was done; empty for other ways. */
  readonly requestId: string;
  /** RFC 3339. */
  readonly time: string;
  /**
   * Its place in the object's list of operations, from 1 on; a gap tells of operations that nobody recorded. 0: not
   * from that list.
   */
  readonly number: number;
}

/** An operation among those of a namespace. */
export interface LoggedOperation extends Operation {
  /** Higher than that of every operation recorded before. */
  readonly id: number;
  readonly kind: string;
  readonly name: string;
}

/** Which records that are over a list shows. What is absent leaves nothing out. */
export interface ListQuery {
  /** Is a part of the entry's name. */
  readonly name?: string | undefined;
  readonly user?: string | undefined;
  readonly outcome?: string | undefined;
  /** The first and the last day (2026-01-31, UTC) on which it began; what never began is then left out. */
  readonly firstDay?: string | undefined;
  readonly lastDay?: string | undefined;
  /** The next page: what `before` of the last one says. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** A record in a list. */
export interface Listed<T extends KubeObject> {
  /** Without the lists that are kept as rows. */
  readonly object: T;
  readonly entry: Entry;
}

export interface Page<T extends KubeObject> {
  /** By the time when they began (of what never began: when it was made), the latest first. */
  readonly items: readonly Listed<T>[];
  /** For the next page; undefined where this is the last one. */
  readonly before?: string;
}

/** How many records began on a day, and came to this outcome. */
export interface Tally {
  /** As 2026-01-31, in UTC. */
  readonly day: string;
  readonly outcome: string;
  readonly total: number;
  /** By the hour of the day (UTC), from 0 to 23. */
  readonly hours: readonly number[];
  /** By the spans of the kind's listing, the shortest first. */
  readonly spans: readonly number[];
}

/**
 * What the facade asks of the history. All methods throw HistoryError when the store cannot be used. No namespace:
 * cluster-scoped objects.
 */
export interface HistoryReader {
  /** By the label of the integer id; of several, the latest. */
  byId<T extends KubeObject>(
    kind: HistoryKind<T>,
    namespace: string | undefined,
    id: number,
  ): Promise<Recorded<T> | undefined>;
  /** By metadata.name; of several that bore it, the latest, and of that the last generation. */
  byName<T extends KubeObject>(kind: HistoryKind<T>, key: ObjectKey): Promise<Recorded<T> | undefined>;
  /** All records of one object, in the order of its generations. */
  byUid<T extends KubeObject>(kind: HistoryKind<T>, uid: string): Promise<readonly Recorded<T>[]>;
  /** By a field of the kind, in the order of creation, at most `limit` of the latest. */
  byField<T extends KubeObject>(
    kind: HistoryKind<T>,
    namespace: string | undefined,
    field: { readonly name: string; readonly value: string },
    limit: number,
  ): Promise<readonly Recorded<T>[]>;
  /**
   * Rows of one of the kind's tables, in the order of the UIDs, then of generations, then as they were recorded.
   * @param where only rows with this value in this column. @param limit so many rows at most, the first ones
   */
  rows(
    kind: HistoryKind,
    table: string,
    uids: readonly string[],
    where?: { readonly column: string; readonly value: string },
    limit?: number,
  ): Promise<readonly { readonly uid: string; readonly row: Row }[]>;
  /** Of one object, in the order of their time. */
  operations(uid: string): Promise<readonly Operation[]>;
  /**
   * Of all objects of a namespace, whatever their kind, the latest first.
   * @param before only those recorded before the one with this id
   */
  operationsIn(namespace: string | undefined, limit: number, before?: number): Promise<readonly LoggedOperation[]>;
  /** Of the kind's records that are over, a page. Details that were forgotten are in no list. */
  list<T extends KubeObject>(kind: HistoryKind<T>, namespace: string | undefined, query: ListQuery): Promise<Page<T>>;
  /**
   * How many of the kind's records began on each of these days (2026-01-31, UTC, the last one included), by outcome;
   * ascending, without days of which there is none. Details that were forgotten are counted still.
   */
  tallies(
    kind: HistoryKind,
    namespace: string | undefined,
    days: { readonly first: string; readonly last: string },
  ): Promise<readonly Tally[]>;
  /** Which of these objects are recorded as over, and so stand in lists and tallies. */
  completed(kind: HistoryKind, uids: readonly string[]): Promise<ReadonlySet<string>>;
  /** The highest id of any object of the kind that was ever recorded, 0 when there is none. */
  highestId(kind: HistoryKind): Promise<number>;
}

/** How much the history knows of an object, or of one generation of it: nothing, that it is there, or how it ended. */
export type Knowledge = 'none' | 'seen' | 'complete';

/**
 * What the recorder does to the history. Every call is one transaction, and may be repeated: the second time changes
 * nothing.
 */
export interface HistoryStore extends HistoryReader {
  knowledge<T extends KubeObject>(kind: HistoryKind<T>, object: T): Promise<Knowledge>;
  /**
   * Objects of which the end is not recorded, in the order of their first sight, from the one after the UID `after` on;
   * of all namespaces without one.
   */
  unfinished<T extends KubeObject>(
    kind: HistoryKind<T>,
    namespace: string | undefined,
    after: string | undefined,
    limit: number,
  ): Promise<readonly T[]>;
  /**
   * Takes note of objects that are there, so that their names and ids are known from now on. Ignored for what is
   * complete; operations are added to that as well. A generation ends with the sight of a later one, as it was seen
   * last.
   */
  see<T extends KubeObject>(
    kind: HistoryKind<T>,
    objects: readonly T[],
    operations: readonly Operation[],
  ): Promise<void>;
  /**
   * Records how an object ended, with its attachments. Once only: a later call for the same object, or generation,
   * changes nothing.
   */
  complete<T extends KubeObject>(
    kind: HistoryKind<T>,
    object: T,
    attachments: Rows,
    operations: readonly Operation[],
  ): Promise<void>;
  /**
   * Forgets the details and operations of what ended before this time; names and ids stay known.
   * @returns how many records
   */
  prune(endedBefore: Date, limit: number): Promise<number>;
  /** Bytes on the disk. */
  size(): Promise<number>;
  close(): Promise<void>;
}
