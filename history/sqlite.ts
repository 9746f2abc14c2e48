import { HistoryError } from './errors.ts';
import { Commits } from './sqlite/commits.ts';
import type { Database } from './sqlite/database.ts';
import { openDatabase } from './sqlite/open.ts';
import { giveBackRoom, pruneTasks } from './sqlite/prune.ts';
import {
  readByCorrelation,
  readById,
  readByName,
  readHighestId,
  readOperations,
  readState,
  readSteps,
  readUnfinished,
} from './sqlite/reads.ts';
import { writeComplete, writeOperations, writeSeen } from './sqlite/writes.ts';
import type { RunStep } from '../crds/runlog.ts';
import type { AgentTask } from '../crds/types/agenttask.ts';
import { systemClock, type Clock } from '../kube/clock.ts';
import type { HistoryStore, Knowledge, Operation, RecordedStep, RecordedTask } from './store.ts';

export interface HistoryOptions {
  /** This process only reads; what writes throws HistoryError. A file that is not there yet is made all the same, where that is allowed. */
  readonly readOnly?: boolean;
  readonly clock?: Clock;
}

/**
 * Opens the history in a SQLite file, which several processes of one machine may have open at once. Makes the file (mode 0600) and its folder
 * when they are not there, and brings an older file to the present form.
 * @throws HistoryError
 */
export async function openHistory(path: string, options: HistoryOptions = {}): Promise<HistoryStore> {
  return new SqliteHistory(await openDatabase(path, options.readOnly ?? false), options.clock ?? systemClock);
}

class SqliteHistory implements HistoryStore {
  readonly #database: Database;
  readonly #commits: Commits;
  readonly #clock: Clock;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#commits = new Commits(database);
    this.#clock = clock;
  }

  async byId(namespace: string, id: number): Promise<RecordedTask | undefined> {
    return readById(this.#database, namespace, id);
  }

  async byName(namespace: string, name: string): Promise<RecordedTask | undefined> {
    return readByName(this.#database, namespace, name);
  }

  async byCorrelation(
    namespace: string,
    correlationID: string,
    source: string,
    limit: number,
  ): Promise<readonly RecordedTask[]> {
    return readByCorrelation(this.#database, namespace, correlationID, source, limit);
  }

  async steps(
    uids: readonly string[],
    host?: string,
    limit = Number.MAX_SAFE_INTEGER,
  ): Promise<readonly RecordedStep[]> {
    return readSteps(this.#database, uids, host, limit);
  }

  async operations(uid: string): Promise<readonly Operation[]> {
    return readOperations(this.#database, uid);
  }

  async highestId(): Promise<number> {
    return readHighestId(this.#database);
  }

  async knowledge(uid: string): Promise<Knowledge> {
    const state = readState(this.#database, uid);
    if (state === undefined) return 'none';
    return state === 0 ? 'seen' : 'complete';
  }

  async unfinished(
    namespace: string | undefined,
    after: string | undefined,
    limit: number,
  ): Promise<readonly AgentTask[]> {
    return readUnfinished(this.#database, namespace, after, limit);
  }

  async see(tasks: readonly AgentTask[], operations: readonly Operation[]): Promise<void> {
    await this.#write(() => {
      for (const task of tasks) writeSeen(this.#database, task);
      writeOperations(this.#database, operations);
    });
  }

  async complete(task: AgentTask, steps: readonly RunStep[], operations: readonly Operation[]): Promise<void> {
    await this.#write(() => {
      writeComplete(this.#database, task, steps, this.#clock.now());
      writeOperations(this.#database, operations);
    });
  }

  async prune(endedBefore: Date, limit: number): Promise<number> {
    const pruned = await this.#write(() => pruneTasks(this.#database, Math.floor(endedBefore.getTime() / 1000), limit));
    giveBackRoom(this.#database);
    return pruned;
  }

  async close(): Promise<void> {
    this.#commits.flush();
    this.#database.close();
  }

  async #write<R>(work: () => R): Promise<R> {
    if (this.#database.readOnly)
      throw new HistoryError(
        'HISTORY_NOT_WRITABLE',
        `the history ${this.#database.path} is open for reading only: only the recorder writes it`,
      );
    return this.#commits.run(work);
  }
}
