import type { HistoryKind } from '../kind.ts';
import { packPruned, unpackObject } from '../storage/objects.ts';
import type { Queries } from './database.ts';
import { deleteRows } from './details.ts';
import { writeFields } from './fields.ts';
import { forgetListed } from './lists.ts';
import { columnsOf, recordColumns } from './reads.ts';

/**
 * Forgets the details of at most `limit` records of these kinds that ended before this time (seconds since 1970), those
 * that ended first. Only within a transaction. @returns how many
 */
export async function pruneRecords(
  queries: Queries,
  kinds: ReadonlyMap<string, HistoryKind>,
  endedBefore: number,
  limit: number,
): Promise<number> {
  // Of two who prune at once, each takes what the other has not.
  const rows = await queries.all(
    `SELECT scope.kind, record.scope, ${recordColumns} WHERE record.state = 1 AND record.ended < $1
     AND scope.kind = ANY($2::text[]) ORDER BY record.ended LIMIT $3 FOR UPDATE OF record SKIP LOCKED`,
    endedBefore,
    [...kinds.keys()],
    limit,
  );
  for (const row of rows) {
    const kind = kinds.get(String(row['kind']));
    if (kind === undefined) continue;
    const columns = columnsOf(row);
    const object = unpackObject(kind, columns);
    const key = Number(row['key']);
    await deleteRows(queries, kind, key);
    await queries.all('DELETE FROM operation WHERE record = $1', key);
    await forgetListed(queries, key);
    const place = { scope: Number(row['scope']), created: columns.created, key };
    await writeFields(queries, place, kind.fields(object), {});
    await queries.all('UPDATE record SET state = 2, object = $2 WHERE key = $1', key, packPruned(kind, object));
  }
  return rows.length;
}
