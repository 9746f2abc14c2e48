import type { KubeObject, ObjectKey } from '../../kube/objects.ts';
import type { HistoryKind, Row, Rows } from '../kind.ts';
import type { Recorded } from '../store.ts';
import type { Database, Row as Values } from './database.ts';
import { readRows } from './details.ts';
import { unpackObject, type Columns } from '../storage/objects.ts';
import { findScope } from './scopes.ts';

/** Follows SELECT; what `columnsOf` and `recorded` need. */
export const recordColumns =
  'record.key AS key, record.state AS state, record.uid AS uid, record.name AS name, record.created AS created, ' +
  'record.object AS object, scope.namespace AS namespace FROM record JOIN scope ON scope.id = record.scope';

const latestFirst = 'ORDER BY record.created DESC, record.key DESC';

/** Values of a row that are there by the schema. */
export function columnsOf(row: Values): Columns {
  return {
    namespace: String(row['namespace']),
    name: String(row['name']),
    uid: String(row['uid']),
    created: Number(row['created']),
    object: row['object'] as Uint8Array,
  };
}

export function readById<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  namespace: string | undefined,
  id: number,
): Recorded<T> | undefined {
  const scope = findScope(database, kind, namespace);
  if (scope === undefined) return undefined;
  const row = database.get(
    `SELECT ${recordColumns} WHERE record.scope = ? AND record.id = ? ${latestFirst} LIMIT 1`,
    scope,
    id,
  );
  return row === undefined ? undefined : recorded(database, kind, row);
}

export function readByName<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  { namespace, name }: ObjectKey,
): Recorded<T> | undefined {
  const scope = findScope(database, kind, namespace);
  if (scope === undefined) return undefined;
  // Generations of one object were created at the same time.
  const row = database.get(
    `SELECT ${recordColumns} WHERE record.scope = ? ` +
      'AND record.name = ? ORDER BY record.created DESC, record.generation DESC, record.key DESC LIMIT 1',
    scope,
    name,
  );
  return row === undefined ? undefined : recorded(database, kind, row);
}

export function readByUid<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  uid: string,
): readonly Recorded<T>[] {
  const rows = database.all(
    `SELECT ${recordColumns} WHERE record.uid = ? AND scope.kind = ? ORDER BY record.generation`,
    uid,
    kind.type.kind,
  );
  return rows.map((row) => recorded(database, kind, row));
}

export function readByField<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  namespace: string | undefined,
  field: { readonly name: string; readonly value: string },
  limit: number,
): readonly Recorded<T>[] {
  const scope = findScope(database, kind, namespace);
  if (scope === undefined) return [];
  const rows = database.all(
    `SELECT ${recordColumns} JOIN found_by ON found_by.record = record.key
     WHERE found_by.scope = ? AND found_by.field = (SELECT id FROM field WHERE name = ?) AND found_by.value = ?
     ORDER BY found_by.created DESC, found_by.record DESC LIMIT ?`,
    scope,
    field.name,
    field.value,
    limit,
  );
  return rows.toReversed().map((row) => recorded(database, kind, row));
}

export function readUnfinished<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  namespace: string | undefined,
  after: string | undefined,
  limit: number,
): readonly T[] {
  const rows = database.all(
    `SELECT ${recordColumns} WHERE record.state = 0 AND scope.kind = ?1 AND (?2 IS NULL OR scope.namespace = ?2)
     AND record.key > coalesce((SELECT key FROM record WHERE uid = ?3 ORDER BY generation DESC LIMIT 1), 0)
     ORDER BY record.key LIMIT ?4`,
    kind.type.kind,
    namespace ?? null,
    after ?? null,
    limit,
  );
  return rows.map((row) => unpackObject(kind, columnsOf(row)));
}

/** In the order of the UIDs, then of the generations, then as they were recorded. */
export function readDetails(
  database: Database,
  kind: HistoryKind,
  table: string,
  uids: readonly string[],
  where: { readonly column: string; readonly value: string } | undefined,
  limit: number,
): readonly { readonly uid: string; readonly row: Row }[] {
  const found: { readonly uid: string; readonly row: Row }[] = [];
  for (const uid of uids) {
    if (found.length >= limit) break;
    for (const { key } of database.all('SELECT key FROM record WHERE uid = ? ORDER BY generation', uid))
      for (const row of readRows(database, kind, table, Number(key), where, limit - found.length))
        found.push({ uid, row });
  }
  return found;
}

export function readHighestId(database: Database, kind: HistoryKind): number {
  const row = database.get(
    `SELECT max(highest) AS highest FROM (
       SELECT (SELECT max(id) FROM record WHERE record.scope = scope.id AND id IS NOT NULL) AS highest
       FROM scope WHERE kind = ?)`,
    kind.type.kind,
  );
  return Number(row?.['highest'] ?? 0);
}

/** What is known of a record. */
export interface KnownRecord {
  readonly key: number;
  /** 0: seen, 1 and 2: complete, with its details or pruned. */
  readonly state: number;
  readonly scope: number;
  readonly created: number;
  readonly id: number | null;
  /** Whether it is packed as these bytes. */
  readonly isPacked: (bytes: Uint8Array) => boolean;
  /** By what it is found. */
  readonly fields: () => Readonly<Record<string, string>>;
}

/** @returns undefined for a record that is not there */
export function findRecord<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  uid: string,
  generation: number,
): KnownRecord | undefined {
  const row = database.get(
    `SELECT record.scope AS scope, record.id AS id, ${recordColumns} WHERE record.uid = ? AND record.generation = ?`,
    uid,
    generation,
  );
  if (row === undefined) return undefined;
  return {
    key: Number(row['key']),
    state: Number(row['state']),
    scope: Number(row['scope']),
    created: Number(row['created']),
    id: row['id'] === null ? null : Number(row['id']),
    isPacked: (bytes) => Buffer.compare(columnsOf(row).object, bytes) === 0,
    fields: () => kind.fields(unpackObject(kind, columnsOf(row))),
  };
}

/** 0: seen, 1 and 2: complete, with its details or pruned; undefined: never heard of. */
export function readState(database: Database, uid: string, generation: number): number | undefined {
  const row = database.get('SELECT state FROM record WHERE uid = ? AND generation = ?', uid, generation);
  return row === undefined ? undefined : Number(row['state']);
}

function recorded<T extends KubeObject>(database: Database, kind: HistoryKind<T>, row: Values): Recorded<T> {
  const object = unpackObject(kind, columnsOf(row));
  switch (Number(row['state'])) {
    case 0:
      return { object, complete: false };
    case 1:
      return {
        object: kind.parts?.attach(object, partsOf(database, kind, Number(row['key']))) ?? object,
        complete: true,
      };
    default:
      return { object, complete: true, pruned: true };
  }
}

function partsOf(database: Database, kind: HistoryKind, key: number): Rows {
  const tables = Object.keys(kind.parts?.tables ?? {});
  return Object.fromEntries(
    tables.map((table) => [table, readRows(database, kind, table, key, undefined, Number.MAX_SAFE_INTEGER)]),
  );
}
