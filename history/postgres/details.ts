import type { Column, HistoryKind, Row, Rows } from '../kind.ts';
import { detailTable, detailTables } from '../storage/tables.ts';
import type { Queries, Row as Values } from './database.ts';

/** SQL of a column by what it holds. */
const sqlType = { word: 'text', text: 'text', integer: 'bigint' } as const satisfies Record<Column, string>;

/** Rows written by one statement: a run may have left more than fit into one message. */
const rowsAtOnce = 5000;

/** Makes the tables and the columns that the kinds declare and the database does not have yet. */
export async function makeDetailTables(queries: Queries, kinds: readonly HistoryKind[]): Promise<void> {
  for (const { name, columns } of kinds.flatMap(detailTables)) {
    await queries.all(
      `CREATE TABLE IF NOT EXISTS "${name}" (
         record bigint NOT NULL REFERENCES record (key), number bigint NOT NULL, PRIMARY KEY (record, number)
       )`,
    );
    for (const [column, holds] of Object.entries(columns))
      await queries.all(`ALTER TABLE "${name}" ADD COLUMN IF NOT EXISTS "${column}" ${sqlType[holds]}`);
  }
}

/** Whether the database has all that the kinds declare. */
export async function hasDetailTables(queries: Queries, kinds: readonly HistoryKind[]): Promise<boolean> {
  const tables = kinds.flatMap(detailTables);
  const rows = await queries.all(
    `SELECT asked.name AS name, attname FROM unnest($1::text[]) AS asked (name)
     JOIN pg_attribute ON attrelid = to_regclass(quote_ident(asked.name)) AND attnum > 0 AND NOT attisdropped`,
    tables.map(({ name }) => name),
  );
  const present = new Set(rows.map((row) => `${String(row['name'])} ${String(row['attname'])}`));
  return tables.every(({ name, columns }) => Object.keys(columns).every((column) => present.has(`${name} ${column}`)));
}

/** Only within a transaction. */
export async function writeRows(queries: Queries, kind: HistoryKind, key: number, rows: Rows): Promise<void> {
  for (const [table, some] of Object.entries(rows)) {
    const { name, columns } = detailTable(kind, table);
    const names = Object.keys(columns);
    const lists = Object.values(columns).map((holds, index) => `$${index + 3}::${sqlType[holds]}[]`);
    const quoted = names.map((column) => `"${column}"`).join(', ');
    for (let from = 0; from < some.length; from += rowsAtOnce) {
      const part = some.slice(from, from + rowsAtOnce);
      await queries.all(
        `INSERT INTO "${name}" (record, number, ${quoted})
         SELECT $1::bigint, * FROM unnest($2::bigint[], ${lists.join(', ')})`,
        key,
        part.map((_, index) => from + index),
        ...names.map((column) => part.map((row) => row[column] ?? null)),
      );
    }
  }
}

/** Rows of a table, in the order of the UIDs, then of the generations, then as they were recorded. */
export async function readDetails(
  queries: Queries,
  kind: HistoryKind,
  table: string,
  uids: readonly string[],
  where: { readonly column: string; readonly value: string } | undefined,
  limit: number,
): Promise<readonly { readonly uid: string; readonly row: Row }[]> {
  const { name, columns } = detailTable(kind, table);
  const rows = await queries.all(
    `SELECT asked.uid AS "record's uid", ${selected(columns)}
     FROM unnest($1::text[]) WITH ORDINALITY AS asked (uid, place)
     JOIN record ON record.uid = asked.uid JOIN "${name}" AS detail ON detail.record = record.key
     WHERE ${where === undefined ? '$2::text IS NULL' : `detail."${where.column}"::text = $2`}
     ORDER BY asked.place, record.generation, detail.number LIMIT $3`,
    [...uids],
    where?.value ?? null,
    limit,
  );
  return rows.map(({ "record's uid": uid, ...row }) => ({ uid: String(uid), row: known(row) }));
}

/** Of each of these records the rows that belong into it. */
export async function readParts(
  queries: Queries,
  kind: HistoryKind,
  keys: readonly number[],
): Promise<ReadonlyMap<number, Rows>> {
  const parts = new Map<number, Record<string, Row[]>>(keys.map((key) => [key, {}]));
  if (keys.length === 0) return parts;
  for (const table of Object.keys(kind.parts?.tables ?? {})) {
    const { name, columns } = detailTable(kind, table);
    const rows = await queries.all(
      `SELECT detail.record AS "record's key", ${selected(columns)} FROM "${name}" AS detail
       WHERE detail.record = ANY($1::bigint[]) ORDER BY detail.record, detail.number`,
      [...keys],
    );
    for (const { "record's key": key, ...row } of rows) {
      const tables = parts.get(Number(key)) ?? {};
      (tables[table] ??= []).push(known(row));
    }
  }
  return parts;
}

function selected(columns: Readonly<Record<string, Column>>): string {
  return Object.keys(columns)
    .map((column) => `detail."${column}"`)
    .join(', ');
}

/** Without what is not known. */
function known(row: Values): Row {
  return Object.fromEntries(
    Object.entries(row).flatMap(([column, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[column, value]] : [],
    ),
  );
}

/** Only within a transaction. */
export async function deleteRows(queries: Queries, kind: HistoryKind, key: number): Promise<void> {
  for (const { name } of detailTables(kind)) await queries.all(`DELETE FROM "${name}" WHERE record = $1`, key);
}
