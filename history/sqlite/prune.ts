import type { HistoryKind } from '../kind.ts';
import { dayOf } from '../times.ts';
import type { Database } from './database.ts';
import { deleteRows } from './details.ts';
import { writeFields } from './fields.ts';
import { forgetListed } from './lists.ts';
import { packPruned, unpackObject } from '../storage/objects.ts';
import { columnsOf, recordColumns } from './reads.ts';

/** Pages given back to the file system at a time: some 4 MB. */
const pagesAtOnce = 1000;
/** Texts forgotten at a time. */
const textsAtOnce = 10_000;

/**
 * Forgets the details of at most `limit` records of these kinds that ended before this time (seconds since 1970), those
 * that ended first. Only within a transaction. @returns how many
 */
export function pruneRecords(
  database: Database,
  kinds: ReadonlyMap<string, HistoryKind>,
  endedBefore: number,
  limit: number,
): number {
  const rows = database.all(
    `SELECT scope.kind AS kind, record.scope AS scope, ${recordColumns} WHERE record.state = 1 AND record.ended < ?
     AND scope.kind IN (SELECT value FROM json_each(?)) ORDER BY record.ended LIMIT ?`,
    endedBefore,
    JSON.stringify([...kinds.keys()]),
    limit,
  );
  for (const row of rows) {
    const kind = kinds.get(String(row['kind']));
    if (kind === undefined) continue;
    const key = Number(row['key']);
    const object = unpackObject(kind, columnsOf(row));
    deleteRows(database, kind, key);
    database.run('DELETE FROM operation WHERE record = ?', key);
    forgetListed(database, key);
    writeFields(
      database,
      { scope: Number(row['scope']), created: Number(row['created']), key },
      kind.fields(object),
      {},
    );
    database.run('UPDATE record SET state = 2, object = ? WHERE key = ?', packPruned(kind, object), key);
  }
  // Only once nothing is left that ended before: a text of a later day may be used by what ended on an earlier one, but
  // not the other way round.
  database.run(
    `DELETE FROM text WHERE NOT EXISTS (SELECT 1 FROM record WHERE state = 1 AND ended < ?1)
     AND id IN (SELECT id FROM text WHERE last_day < ?2 LIMIT ?3)`,
    endedBefore,
    dayOf(endedBefore),
    textsAtOnce,
  );
  return rows.length;
}

/** Gives some of the room that was freed back to the file system. Not within a transaction. */
export function giveBackRoom(database: Database): void {
  database.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
}
