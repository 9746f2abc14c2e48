import type { Column, HistoryKind, Row, Rows } from '../kind.ts';
import { detailTable, detailTables } from '../storage/tables.ts';
import type { Database, Row as Columns } from './database.ts';
import type { Texts } from './texts.ts';

/** SQL of a column by what it holds; a word is the number of its text. */
const sqlType = { word: 'INTEGER', text: 'TEXT', integer: 'INTEGER' } as const satisfies Record<Column, string>;

/** Makes the tables and the columns that the kinds declare and the file does not have yet. */
export function makeDetailTables(database: Database, kinds: readonly HistoryKind[]): void {
  if (hasDetailTables(database, kinds)) return;
  database.transaction(() => {
    for (const { name, columns } of kinds.flatMap(detailTables)) {
      database.exec(
        `CREATE TABLE IF NOT EXISTS "${name}" (
           record INTEGER NOT NULL REFERENCES record (key), number INTEGER NOT NULL, PRIMARY KEY (record, number)
         ) STRICT, WITHOUT ROWID`,
      );
      const present = columnsOf(database, name);
      for (const [column, holds] of Object.entries(columns))
        if (!present.has(column)) database.exec(`ALTER TABLE "${name}" ADD COLUMN "${column}" ${sqlType[holds]}`);
    }
  });
}

/** Whether the file has all that the kinds declare. */
export function hasDetailTables(database: Database, kinds: readonly HistoryKind[]): boolean {
  return kinds.flatMap(detailTables).every(({ name, columns }) => {
    const present = columnsOf(database, name);
    return Object.keys(columns).every((column) => present.has(column));
  });
}

function columnsOf(database: Database, table: string): ReadonlySet<unknown> {
  return new Set(database.all('SELECT name FROM pragma_table_info(?)', table).map(({ name }) => name));
}

/** Only within a transaction. */
export function writeRows(database: Database, kind: HistoryKind, key: number, rows: Rows, texts: Texts): void {
  for (const [table, some] of Object.entries(rows)) {
    const { name, columns } = detailTable(kind, table);
    const names = Object.keys(columns);
    const quoted = names.map((column) => `"${column}"`).join(', ');
    const sql = `INSERT INTO "${name}" (record, number, ${quoted}) VALUES (?, ?${', ?'.repeat(names.length)})`;
    for (const [number, row] of some.entries())
      database.run(sql, key, number, ...names.map((column) => stored(row[column], columns[column], texts)));
  }
}

function stored(value: string | number | undefined, holds: Column | undefined, texts: Texts): string | number | null {
  if (value === undefined) return null;
  return holds === 'word' ? texts.number(String(value)) : value;
}

/** The rows of one record, in their order. */
export function readRows(
  database: Database,
  kind: HistoryKind,
  table: string,
  key: number,
  where: { readonly column: string; readonly value: string } | undefined,
  limit: number,
): readonly Row[] {
  const { name, columns } = detailTable(kind, table);
  const names = Object.keys(columns);
  const valueOf = (column: string): string =>
    columns[column] === 'word' ? `"word_${column}".value` : `detail."${column}"`;
  const joins = names
    .filter((column) => columns[column] === 'word')
    .map((column) => `LEFT JOIN text AS "word_${column}" ON "word_${column}".id = detail."${column}"`);
  const selected = names.map((column) => `${valueOf(column)} AS "${column}"`).join(', ');
  const condition = where === undefined ? '?2 IS NULL' : `${valueOf(where.column)} = ?2`;
  const rows = database.all(
    `SELECT ${selected} FROM "${name}" AS detail ${joins.join(' ')}
     WHERE detail.record = ?1 AND ${condition} ORDER BY detail.number LIMIT ?3`,
    key,
    where?.value ?? null,
    limit,
  );
  return rows.map(known);
}

/** Without what is not known. */
function known(row: Columns): Row {
  return Object.fromEntries(
    Object.entries(row).flatMap(([column, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[column, value]] : [],
    ),
  );
}

/** Only within a transaction. */
export function deleteRows(database: Database, kind: HistoryKind, key: number): void {
  for (const { name } of detailTables(kind)) database.run(`DELETE FROM "${name}" WHERE record = ?`, key);
}
