import type { KubeObject, ObjectKey } from '../../kube/objects.ts';
import type { HistoryKind } from '../kind.ts';
import { unpackObject, type Columns } from '../storage/objects.ts';
import type { Recorded } from '../store.ts';
import type { Queries, Row } from './database.ts';
import { readParts } from './details.ts';

/** Follows SELECT; what `columnsOf` and `recorded` need. */
export const recordColumns =
  'record.key, record.state, record.uid, record.name, record.created, record.object, scope.namespace ' +
  'FROM record JOIN scope ON scope.id = record.scope';

/** Follows WHERE: of a kind ($1) in a namespace ($2). */
const inScope = 'record.scope = (SELECT id FROM scope WHERE kind = $1 AND namespace = $2)';

/** Values of a row that are there by the schema. */
export function columnsOf(row: Row): Columns {
  return {
    namespace: String(row['namespace']),
    name: String(row['name']),
    uid: String(row['uid']),
    created: Number(row['created']),
    object: row['object'] as Uint8Array,
  };
}

export async function readById<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  namespace: string | undefined,
  id: number,
): Promise<Recorded<T> | undefined> {
  const rows = await queries.all(
    `SELECT ${recordColumns} WHERE ${inScope} AND record.id = $3
     ORDER BY record.created DESC, record.key DESC LIMIT 1`,
    kind.type.kind,
    namespace ?? '',
    id,
  );
  return (await recorded(queries, kind, rows))[0];
}

export async function readByName<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  { namespace, name }: ObjectKey,
): Promise<Recorded<T> | undefined> {
  // Generations of one object were created at the same time.
  const rows = await queries.all(
    `SELECT ${recordColumns} WHERE ${inScope} AND record.name = $3
     ORDER BY record.created DESC, record.generation DESC, record.key DESC LIMIT 1`,
    kind.type.kind,
    namespace ?? '',
    name,
  );
  return (await recorded(queries, kind, rows))[0];
}

export async function readByUid<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  uid: string,
): Promise<readonly Recorded<T>[]> {
  const rows = await queries.all(
    `SELECT ${recordColumns} WHERE record.uid = $1 AND scope.kind = $2 ORDER BY record.generation`,
    uid,
    kind.type.kind,
  );
  return recorded(queries, kind, rows);
}

export async function readByField<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  namespace: string | undefined,
  field: { readonly name: string; readonly value: string },
  limit: number,
): Promise<readonly Recorded<T>[]> {
  const rows = await queries.all(
    `SELECT ${recordColumns} JOIN found_by ON found_by.record = record.key
     WHERE found_by.scope = (SELECT id FROM scope WHERE kind = $1 AND namespace = $2)
     AND found_by.field = $3 AND found_by.value = $4
     ORDER BY found_by.created DESC, found_by.record DESC LIMIT $5`,
    kind.type.kind,
    namespace ?? '',
    field.name,
    field.value,
    limit,
  );
  return recorded(queries, kind, rows.toReversed());
}

export async function readUnfinished<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  namespace: string | undefined,
  after: string | undefined,
  limit: number,
): Promise<readonly T[]> {
  const rows = await queries.all(
    `SELECT ${recordColumns} WHERE record.state = 0 AND scope.kind = $1 AND ($2::text IS NULL OR scope.namespace = $2)
     AND record.key > coalesce((SELECT key FROM record WHERE uid = $3 ORDER BY generation DESC LIMIT 1), 0)
     ORDER BY record.key LIMIT $4`,
    kind.type.kind,
    namespace ?? null,
    after ?? null,
    limit,
  );
  return rows.map((row) => unpackObject(kind, columnsOf(row)));
}

export async function readHighestId(queries: Queries, kind: HistoryKind): Promise<number> {
  const row = await queries.get(
    `SELECT max(of_scope.highest) AS highest FROM scope CROSS JOIN LATERAL (
       SELECT max(id) AS highest FROM record WHERE record.scope = scope.id AND id IS NOT NULL) AS of_scope
     WHERE scope.kind = $1`,
    kind.type.kind,
  );
  return Number(row?.['highest'] ?? 0);
}

/** 0: seen, 1 and 2: complete, with its details or pruned; undefined: never heard of. */
export async function readState(queries: Queries, uid: string, generation: number): Promise<number | undefined> {
  const row = await queries.get('SELECT state FROM record WHERE uid = $1 AND generation = $2', uid, generation);
  return row === undefined ? undefined : Number(row['state']);
}

/** With the lists that are rows. */
async function recorded<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  rows: readonly Row[],
): Promise<readonly Recorded<T>[]> {
  const whole = rows.filter((row) => Number(row['state']) === 1).map((row) => Number(row['key']));
  const parts = await readParts(queries, kind, whole);
  return rows.map((row) => {
    const object = unpackObject(kind, columnsOf(row));
    switch (Number(row['state'])) {
      case 0:
        return { object, complete: false };
      case 1:
        return { object: kind.parts?.attach(object, parts.get(Number(row['key'])) ?? {}) ?? object, complete: true };
      default:
        return { object, complete: true, pruned: true };
    }
  });
}
