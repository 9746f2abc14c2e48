import type { LoggedOperation, Operation } from '../store.ts';
import { fromSeconds, toSeconds } from '../times.ts';
import type { Queries, Row } from './database.ts';

/**
 * Operations on objects that the history knows; those that it has already are left alone, and those that were pruned
 * stay forgotten. Each goes to the last record of its object. Only within a transaction, under the lock.
 */
export async function writeOperations(queries: Queries, operations: readonly Operation[]): Promise<void> {
  for (const { uid, operation, number, requestId, user, time } of operations)
    await queries.all(
      `INSERT INTO operation (record, scope, operation, number, request_id, "user", time)
       SELECT record.key, record.scope, $2::text, $3::bigint, $4::text, $5::text, $6::bigint FROM record
       WHERE record.uid = $1 AND record.state < 2
         AND NOT EXISTS (SELECT 1 FROM record AS later WHERE later.uid = $1 AND later.generation > record.generation)
         AND NOT EXISTS (
           SELECT 1 FROM record AS pruned WHERE pruned.uid = $1 AND pruned.state = 2 AND pruned.ended >= $6)
         AND NOT EXISTS (
           SELECT 1 FROM operation AS known JOIN record AS owner ON owner.key = known.record
           WHERE owner.uid = $1 AND known.operation = $2 AND known.number = $3 AND known.request_id = $4)`,
      uid,
      operation,
      number,
      requestId,
      user,
      toSeconds(time) ?? 0,
    );
}

const columns =
  'operation.id, operation.operation, operation.number, operation.request_id, operation."user", operation.time, ' +
  'record.uid FROM operation JOIN record ON record.key = operation.record';

export async function readOperations(queries: Queries, uid: string): Promise<readonly Operation[]> {
  const rows = await queries.all(`SELECT ${columns} WHERE record.uid = $1 ORDER BY time, operation.id`, uid);
  return rows.map(operationOf);
}

/** Of each kind by itself: of all together the database would have to sort what it has of the namespace. */
export async function readOperationsIn(
  queries: Queries,
  namespace: string | undefined,
  limit: number,
  before: number,
): Promise<readonly LoggedOperation[]> {
  const rows = await queries.all(
    `SELECT scope.kind, latest.* FROM scope CROSS JOIN LATERAL (
       SELECT record.name, ${columns} WHERE operation.scope = scope.id AND operation.id < $3
       ORDER BY operation.id DESC LIMIT $2) AS latest
     WHERE scope.namespace = $1 ORDER BY latest.id DESC LIMIT $2`,
    namespace ?? '',
    limit,
    before,
  );
  return rows.map((row) => ({
    ...operationOf(row),
    id: Number(row['id']),
    kind: String(row['kind']),
    name: String(row['name']),
  }));
}

function operationOf(row: Row): Operation {
  return {
    uid: String(row['uid']),
    operation: String(row['operation']),
    number: Number(row['number']),
    user: String(row['user']),
    requestId: String(row['request_id']),
    time: fromSeconds(Number(row['time'])),
  };
}
