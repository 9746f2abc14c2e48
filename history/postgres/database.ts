import { Pool, TypeOverrides, types, type PoolClient } from 'pg';

import { HistoryError } from '../errors.ts';
import { codeOf, historyError } from './errors.ts';
import { poolConfig, shownPlace, type PostgresPlace } from './place.ts';

/** A row; integers come as numbers, bytea as bytes. */
export type Row = Readonly<Record<string, unknown>>;

/** What a statement is given. */
export type Value = string | number | boolean | null | Uint8Array | readonly (string | number | null | Uint8Array)[];

/** What statements are sent to: the pool, or the connection of a transaction. */
export interface Queries {
  /** @throws HistoryError when the database cannot be used */
  all(sql: string, ...values: readonly Value[]): Promise<readonly Row[]>;
  /** The first row. */
  get(sql: string, ...values: readonly Value[]): Promise<Row | undefined>;
}

/** Milliseconds for a statement: where a caller waits for the answer, and where a table may be changed. */
const readTimeout = 10_000;
const writeTimeout = 60_000;
/** So often a call is tried that met another one, or a connection that had died unnoticed. */
const tries = 4;

/** The connections of this process to the database. */
export class Database implements Queries {
  readonly place: string;
  readonly readOnly: boolean;
  readonly #pool: Pool;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  /** Connects to nothing yet. @throws HistoryError when the certificates cannot be read */
  static async of(place: PostgresPlace, readOnly: boolean): Promise<Database> {
    const config = await poolConfig(place, readOnly ? readTimeout : writeTimeout);
    return new Database(shownPlace(place), new Pool({ ...config, types: parsers }), readOnly);
  }

  private constructor(place: string, pool: Pool, readOnly: boolean) {
    this.place = place;
    this.readOnly = readOnly;
    this.#pool = pool;
    // An idle connection that dies is replaced by the next call that needs one; unheard, it would end the process.
    pool.on('error', () => {});
  }

  async all(sql: string, ...values: readonly Value[]): Promise<readonly Row[]> {
    return this.#connected((connection) => connection.all(sql, ...values));
  }

  async get(sql: string, ...values: readonly Value[]): Promise<Row | undefined> {
    return (await this.all(sql, ...values))[0];
  }

  /**
   * Does the work wholly or not at all; on the disk when it returns. Done anew where it met another transaction, and
   * where the connection broke, of which nobody knows whether it was done: the work must be such that the second time
   * changes nothing.
   */
  async transaction<R>(work: (queries: Queries) => Promise<R>): Promise<R> {
    return this.#connected(async (connection) => {
      // Of a process that is cut off in the middle the locks do not stay.
      await connection.all(`BEGIN; SET LOCAL idle_in_transaction_session_timeout = '60s'`);
      try {
        const result = await work(connection);
        await connection.all('COMMIT');
        return result;
      } catch (error) {
        // One that is broken ends with its transaction; of a server that hangs another answer would be waited for.
        if (!connection.broken) await connection.all('ROLLBACK').catch(() => {});
        throw error;
      }
    });
  }

  /** After what has begun. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // The pool itself forgets who waits for a connection.
    await Promise.allSettled(this.#running);
    await this.#pool.end();
  }

  async #connected<R>(work: (connection: Connection) => Promise<R>): Promise<R> {
    if (this.#closed)
      throw new HistoryError('HISTORY_CLOSED', `the history ${this.place} was closed: this process is ending`);
    const done = this.#tried(work);
    this.#running.add(done);
    try {
      return await done;
    } catch (error) {
      throw historyError(this.place, error);
    } finally {
      this.#running.delete(done);
    }
  }

  async #tried<R>(work: (connection: Connection) => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt += 1) {
      // A server that is not there is not there for the second try either: whoever called knows when to come back.
      const connection = new Connection(await this.#pool.connect());
      try {
        const result = await work(connection);
        connection.release();
        return result;
      } catch (error) {
        connection.release(error);
        if (attempt === tries || !(isMet(error) || (connection.broken && !isTimeout(error)))) throw error;
      }
    }
  }
}

/** A serialization failure, a deadlock, or two who wrote the same key first. */
function isMet(error: unknown): boolean {
  return ['40001', '40P01', '23505'].includes(codeOf(error) ?? '');
}

/** Whoever waited so long for a server that does not answer does not wait again. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && /timeout/i.test(error.message);
}

class Connection implements Queries {
  readonly #client: PoolClient;
  /** It has died, or was given up. */
  broken = false;
  readonly #onError = (): void => {
    this.broken = true;
  };

  constructor(client: PoolClient) {
    this.#client = client;
    // Between two statements; unheard, it would end the process.
    client.on('error', this.#onError);
  }

  async all(sql: string, ...values: readonly Value[]): Promise<readonly Row[]> {
    try {
      // Not even an empty list goes with several statements at once.
      const { rows } = await this.#client.query<Row>(sql, values.length === 0 ? undefined : values.map(storable));
      return rows;
    } catch (error) {
      // All that PostgreSQL itself says has a code of five characters; after its end, too.
      const code = codeOf(error);
      if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || /^(08|57P0)/.test(code)) this.broken = true;
      throw error;
    }
  }

  async get(sql: string, ...values: readonly Value[]): Promise<Row | undefined> {
    return (await this.all(sql, ...values))[0];
  }

  /** @param error with which the work ended. A connection of which nobody knows how it stands is not used again. */
  release(error?: unknown): void {
    this.#client.off('error', this.#onError);
    this.#client.release(this.broken || (error !== undefined && codeOf(error) === undefined));
  }
}

/** PostgreSQL keeps no NUL in a text, and what a host has said may hold one. */
function storable(value: Value): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD');
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Array.isArray(value) ? value.map((each: string | number | null | Uint8Array) => storable(each)) : value;
}

/** Integers come as texts, as JavaScript has no such numbers; ours are small enough. */
const parsers = new TypeOverrides(types);
parsers.setTypeParser(types.builtins.INT8, Number);
