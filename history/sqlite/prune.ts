import type { Database } from './database.ts';
import { packPruned, unpackTask } from './objects.ts';
import { columnsOf, taskColumns } from './reads.ts';
import { dayOf } from './times.ts';

/** Pages given back to the file system at a time: some 4 MB. */
const pagesAtOnce = 1000;
/** Texts forgotten at a time. */
const textsAtOnce = 10_000;

/**
 * Forgets the details of at most `limit` tasks that ended before this time (seconds since 1970), those that ended first. Only within a
 * transaction. @returns how many
 */
export function pruneTasks(database: Database, endedBefore: number, limit: number): number {
  const rows = database.all(
    `SELECT task.key AS key, ${taskColumns} WHERE task.state = 1 AND task.ended < ? ORDER BY task.ended LIMIT ?`,
    endedBefore,
    limit,
  );
  for (const row of rows) {
    const key = Number(row['key']);
    for (const table of ['step', 'host', 'operation']) database.run(`DELETE FROM ${table} WHERE task = ?`, key);
    const object = packPruned(unpackTask(columnsOf(row), []));
    database.run('UPDATE task SET state = 2, correlation = NULL, source = NULL, object = ? WHERE key = ?', object, key);
  }
  // Only once nothing is left that ended before: a text of a later day may be used by a task of an earlier one, but not the other way round.
  if (rows.length < limit) {
    database.run(
      'DELETE FROM text WHERE id IN (SELECT id FROM text WHERE last_day < ? LIMIT ?)',
      dayOf(endedBefore),
      textsAtOnce,
    );
  }
  return rows.length;
}

/** Gives some of the room that was freed back to the file system. Not within a transaction. */
export function giveBackRoom(database: Database): void {
  database.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
}
