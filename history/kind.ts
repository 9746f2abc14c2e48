import type { Logger } from 'pino';

import type { Client } from '../kube/client.ts';
import type { KubeObject, ResourceType } from '../kube/objects.ts';

/**
 * What a column holds. `word`: a text that comes again and again, such as the name of a host, so that a store may keep
 * it once.
 */
export type Column = 'word' | 'text' | 'integer';

/** Tables by name, each with its columns. Once released, columns are only ever added. */
export type Tables = Readonly<Record<string, Readonly<Record<string, Column>>>>;

/** One row; a column that is absent or undefined is not known. */
export type Row = Readonly<Record<string, string | number | undefined>>;

/** Rows by the name of their table, in their order. */
export type Rows = Readonly<Record<string, readonly Row[]>>;

/** Lists in an object that are kept as rows once the object is over, since they are long and alike. */
export interface Parts<T extends KubeObject> {
  readonly tables: Tables;
  /** Takes the lists out of the object. */
  detach(object: T): { readonly object: T; readonly rows: Rows };
  /** Puts them back. */
  attach(object: T, rows: Rows): T;
}

/** What belongs to an object without standing in it, such as the log of a run. */
export interface Attachments<T extends KubeObject> {
  readonly tables: Tables;
  /** Reads it when the object is over. @throws what the client throws when the API server does not answer */
  read(client: Client, object: T, log: Logger): Promise<Rows>;
}

/** By what a record that is over is listed. */
export interface Entry {
  /** What people know it by, for example the job that was run; need not be its own alone. */
  readonly name: string;
  /** Who asked for it; empty where that is not known. */
  readonly user: string;
  /** How it ended: one of the outcomes of the listing. */
  readonly outcome: string;
}

/** How records of a kind are listed and counted once they are over. Only for kinds of which an object is a record. */
export interface Listing<T extends KubeObject> {
  /** Every outcome that there is. A released one stays. */
  readonly outcomes: readonly string[];
  /** Seconds, ascending: the bounds between the spans by which records are counted after the time that they took. */
  readonly spans: readonly number[];
  /** undefined: it stands in no list. Not made of what `parts` takes out. */
  entryOf(object: T): Entry | undefined;
}

/** What the history has to know of a kind of objects. All but `attachments` is pure. */
export interface HistoryKind<T extends KubeObject = KubeObject> {
  readonly type: ResourceType<T>;
  /**
   * `object`: such an object comes to an end, which is recorded once; its name is never given again. `generation`: it
   * never ends, and each generation of it (what somebody asked for by a change of its spec) is a record.
   */
  readonly recordPer: 'object' | 'generation';
  /** Nothing will change any more about the object, or about what this generation asked for. */
  isOver(object: T): boolean;
  /** When it began, in RFC 3339; undefined where the object does not tell. */
  startedAt(object: T): string | undefined;
  /** When it was over, in RFC 3339; undefined where the object does not tell. */
  endedAt(object: T): string | undefined;
  /** In one word how it stands. A change of it is told to the history at once, other changes of the status are not. */
  phaseOf(object: T): string | undefined;
  /**
   * What else of its status is told at once. For objects that may be broken off: what is known of them then is what
   * was told last.
   */
  progressOf?(object: T): string;
  /** The object without what the history has no use for, and should not know. */
  slim(object: T): T;
  /**
   * The object with what stays known for ever, when the time is over for which details are kept. Metadata is left to
   * the store.
   */
  shrink(object: T): T;
  /**
   * By what the object is found, besides name and id: values by the name of the field. Not made of what `parts` takes
   * out. A released field keeps its meaning: what was recorded with it stays in the index.
   */
  fields(object: T): Readonly<Record<string, string>>;
  readonly listing?: Listing<T>;
  readonly parts?: Parts<T>;
  readonly attachments?: Attachments<T>;
}
