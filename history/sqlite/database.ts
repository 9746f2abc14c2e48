import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

import { HistoryError } from '../errors.ts';
import { historyError } from './errors.ts';

/** A value as a column gives it. Blobs come as bytes. */
export type Row = Readonly<Record<string, null | number | bigint | string | Uint8Array>>;

/**
 * How long (milliseconds) a call waits for another process that writes. Nothing else goes on in this process meanwhile.
 */
const busyTimeout = 2000;

/**
 * One connection to the file, with its prepared statements. All methods throw HistoryError when the file cannot be
 * used.
 */
export class Database {
  readonly path: string;
  readonly readOnly: boolean;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(path: string, readOnly: boolean) {
    this.path = path;
    this.readOnly = readOnly;
    try {
      this.#database = new DatabaseSync(path, { timeout: busyTimeout, readOnly, enableForeignKeyConstraints: true });
    } catch (error) {
      throw historyError(path, error);
    }
  }

  get isOpen(): boolean {
    return this.#database.isOpen;
  }

  get inTransaction(): boolean {
    return this.#database.isOpen && this.#database.isTransaction;
  }

  /** Runs statements that give nothing back. */
  exec(sql: string): void {
    this.#guard(() => this.#database.exec(sql));
  }

  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#prepared(sql).get(...values));
  }

  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#guard(() => this.#prepared(sql).all(...values));
  }

  /** All rows, one after the other, as they were at the first. */
  *each(sql: string): Generator<Row, void> {
    const rows = this.#guard(() => this.#prepared(sql).iterate());
    for (let next = this.#guard(() => rows.next()); next.done !== true; next = this.#guard(() => rows.next()))
      yield next.value;
  }

  /** @returns how many rows were changed */
  run(sql: string, ...values: readonly SQLInputValue[]): number {
    return this.#guard(() => Number(this.#prepared(sql).run(...values).changes));
  }

  /** Does the work wholly or not at all; on the disk when it returns. Within another transaction, as a part of it. */
  transaction<R>(work: () => R): R {
    const inner = this.inTransaction;
    // IMMEDIATE: whoever reads first and wants to write later may find that he cannot.
    this.exec(inner ? 'SAVEPOINT part' : 'BEGIN IMMEDIATE');
    try {
      const result = work();
      this.exec(inner ? 'RELEASE part' : 'COMMIT');
      return result;
    } catch (error) {
      // A full disk ends the whole transaction by itself.
      if (this.inTransaction) this.exec(inner ? 'ROLLBACK TO part; RELEASE part' : 'ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #guard<R>(work: () => R): R {
    if (!this.#database.isOpen)
      throw new HistoryError('HISTORY_CLOSED', `the history ${this.path} was closed: this process is ending`);
    try {
      return work();
    } catch (error) {
      throw historyError(this.path, error);
    }
  }
}
