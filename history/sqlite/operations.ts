import type { LoggedOperation, Operation } from '../store.ts';
import { fromSeconds, toSeconds } from '../times.ts';
import type { Database, Row } from './database.ts';

/**
 * Operations on objects that the history knows; those that it has already are left alone, and those that were pruned
 * stay forgotten. Each goes to the last record of its object. Only within a transaction.
 */
export function writeOperations(database: Database, operations: readonly Operation[]): void {
  for (const { uid, operation, number, requestId, user, time } of operations) {
    const seconds = toSeconds(time) ?? 0;
    database.run(
      `INSERT INTO operation (record, scope, operation, number, request_id, user, time)
       SELECT record.key, record.scope, ?2, ?3, ?4, ?5, ?6 FROM record
       WHERE record.uid = ?1 AND record.state < 2
         AND NOT EXISTS (SELECT 1 FROM record AS later WHERE later.uid = ?1 AND later.generation > record.generation)
         AND NOT EXISTS (
           SELECT 1 FROM record AS pruned WHERE pruned.uid = ?1 AND pruned.state = 2 AND pruned.ended >= ?6)
         AND NOT EXISTS (
           SELECT 1 FROM operation JOIN record AS owner ON owner.key = operation.record
           WHERE owner.uid = ?1 AND operation.operation = ?2 AND operation.number = ?3 AND operation.request_id = ?4)`,
      uid,
      operation,
      number,
      requestId,
      user,
      seconds,
    );
  }
}

const columns =
  'operation.id AS id, operation.operation AS operation, number, request_id, user, time, record.uid AS uid ' +
  'FROM operation JOIN record ON record.key = operation.record';

export function readOperations(database: Database, uid: string): readonly Operation[] {
  return database
    .all(`SELECT ${columns} WHERE record.uid = ? ORDER BY time, operation.id`, uid)
    .map((row) => operationOf(row));
}

/** Of each kind by itself: of all together the database would have to sort what it has of the namespace. */
export function readOperationsIn(
  database: Database,
  namespace: string | undefined,
  limit: number,
  before: number,
): readonly LoggedOperation[] {
  const scopes = database.all('SELECT id, kind FROM scope WHERE namespace = ?', namespace ?? '');
  return scopes
    .flatMap((scope) =>
      database
        .all(
          `SELECT record.name AS name, ${columns} WHERE operation.scope = ? AND operation.id < ?
           ORDER BY operation.id DESC LIMIT ?`,
          Number(scope['id']),
          before,
          limit,
        )
        .map((row) => ({
          ...operationOf(row),
          id: Number(row['id']),
          kind: String(scope['kind']),
          name: String(row['name']),
        })),
    )
    .toSorted((one, other) => other.id - one.id)
    .slice(0, limit);
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
