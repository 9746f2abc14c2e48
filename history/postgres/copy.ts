import type { HistoryKind } from '../kind.ts';
import { HistoryError } from '../errors.ts';
import type { Database as File, Row as FileRow } from '../sqlite/database.ts';
import { detailTables, type DetailTable } from '../storage/tables.ts';
import type { Database, Queries } from './database.ts';

/** A table here, and the statement that reads its rows, by the same names, from the file. */
interface CopiedTable {
  readonly name: string;
  /** Each with its type. Numbers in lists come as text. */
  readonly columns: Readonly<Record<string, string>>;
  readonly select: string;
}

/** Rows written by one statement. */
const rowsAtOnce = 1000;

/** In an order in which each refers to what is there. */
const tables: readonly CopiedTable[] = [
  {
    name: 'scope',
    columns: { id: 'bigint', kind: 'text', namespace: 'text' },
    select: 'SELECT id, kind, namespace FROM scope',
  },
  {
    name: 'record',
    columns: {
      key: 'bigint',
      uid: 'text',
      generation: 'bigint',
      scope: 'bigint',
      name: 'text',
      id: 'bigint',
      created: 'bigint',
      state: 'smallint',
      phase: 'text',
      started: 'bigint',
      ended: 'bigint',
      object: 'bytea',
    },
    select:
      'SELECT key, uid, generation, scope, name, id, created, state, phase, started, ended, object FROM record ' +
      'ORDER BY key',
  },
  {
    name: 'found_by',
    columns: { scope: 'bigint', field: 'text', value: 'text', created: 'bigint', record: 'bigint' },
    select:
      'SELECT scope, field.name AS field, value, created, record FROM found_by JOIN field ON field.id = found_by.field',
  },
  {
    name: 'operation',
    columns: {
      id: 'bigint',
      record: 'bigint',
      scope: 'bigint',
      operation: 'text',
      number: 'bigint',
      request_id: 'text',
      user: 'text',
      time: 'bigint',
    },
    select: 'SELECT id, record, scope, operation, number, request_id, user, time FROM operation ORDER BY id',
  },
  {
    name: 'listed',
    columns: {
      record: 'bigint',
      scope: 'bigint',
      name: 'text',
      user: 'text',
      outcome: 'text',
      began: 'bigint',
      ran: 'boolean',
    },
    select: 'SELECT record, scope, name, user, outcome, began, ran FROM listed ORDER BY record',
  },
  {
    name: 'listed_name',
    columns: { scope: 'bigint', name: 'text' },
    select: 'SELECT scope, name FROM listed_name',
  },
  {
    name: 'tally',
    columns: {
      scope: 'bigint',
      day: 'text',
      outcome: 'text',
      total: 'bigint',
      hours: 'integer[]',
      spans: 'integer[]',
    },
    // As PostgreSQL writes lists.
    select:
      `SELECT scope, day, outcome, total, replace(replace(hours, '[', '{'), ']', '}') AS hours, ` +
      `replace(replace(spans, '[', '{'), ']', '}') AS spans FROM tally`,
  },
];

/** Tables whose numbers are given by the database, and the column. */
const numbered = { scope: 'id', record: 'key', operation: 'id' } as const;

/**
 * Copies all that a SQLite file has into a database that has nothing yet: all of it or nothing. What writes to the
 * database meanwhile waits.
 * @returns how many records. @throws HistoryError HISTORY_NOT_EMPTY
 */
export async function copyFile(file: File, database: Database, kinds: readonly HistoryKind[]): Promise<number> {
  return database.transaction(async (queries) => {
    await queries.all('LOCK TABLE scope, record IN EXCLUSIVE MODE');
    if ((await queries.get('SELECT 1 FROM record LIMIT 1')) !== undefined)
      throw new HistoryError(
        'HISTORY_NOT_EMPTY',
        `the history ${database.place} has records already, so nothing was copied: ` +
          'name a database, or a schema, that has none',
      );
    let records = 0;
    const all = [...tables, ...kinds.flatMap(detailTables).map(detailCopy)];
    for (const table of all) {
      const copied = await copyTable(file, queries, table);
      if (table.name === 'record') records = copied;
    }
    for (const [table, column] of Object.entries(numbered))
      await queries.all(
        `SELECT setval(pg_get_serial_sequence('${table}', '${column}'), (SELECT max(${column}) FROM ${table}))`,
      );
    // Until the server would do so by itself it would plan as for empty tables.
    await queries.all(`ANALYZE ${all.map(({ name }) => `"${name}"`).join(', ')}`);
    return records;
  });
}

function detailCopy({ name, columns }: DetailTable): CopiedTable {
  const words = Object.entries(columns).filter(([, holds]) => holds === 'word');
  const joins = words.map(
    ([column]) => `LEFT JOIN text AS "word_${column}" ON "word_${column}".id = detail."${column}"`,
  );
  const selected = Object.entries(columns).map(([column, holds]) =>
    holds === 'word' ? `"word_${column}".value AS "${column}"` : `detail."${column}" AS "${column}"`,
  );
  return {
    name,
    columns: {
      record: 'bigint',
      number: 'bigint',
      ...Object.fromEntries(
        Object.entries(columns).map(([column, holds]) => [column, holds === 'integer' ? 'bigint' : 'text']),
      ),
    },
    select:
      `SELECT detail.record AS record, detail.number AS number, ${selected.join(', ')} ` +
      `FROM "${name}" AS detail ${joins.join(' ')}`,
  };
}

async function copyTable(file: File, queries: Queries, { name, columns, select }: CopiedTable): Promise<number> {
  const names = Object.keys(columns);
  const lists = Object.values(columns).map((type, index) => `$${index + 1}::${listType(type)}[]`);
  const values = names.map((column) => `given."${column}"::${columns[column] ?? 'text'}`);
  const quoted = names.map((column) => `"${column}"`).join(', ');
  const sql =
    `INSERT INTO "${name}" (${quoted}) OVERRIDING SYSTEM VALUE ` +
    `SELECT ${values.join(', ')} FROM unnest(${lists.join(', ')}) AS given (${quoted})`;
  let copied = 0;
  for (let batch: FileRow[] = [], rows = file.each(select), more = true; more;) {
    const { value, done } = rows.next();
    more = done !== true;
    if (done !== true) batch.push(value);
    if (batch.length === 0 || (more && batch.length < rowsAtOnce)) continue;
    const some = batch;
    await queries.all(sql, ...names.map((column) => some.map((row) => plain(row[column]))));
    copied += batch.length;
    batch = [];
  }
  return copied;
}

/** Lists within a list would be taken for one list: they come as text. So do truth values, which are numbers there. */
function listType(type: string): string {
  return type.endsWith('[]') || type === 'boolean' ? 'text' : type;
}

function plain(value: FileRow[string] | undefined): string | number | null | Uint8Array {
  if (typeof value === 'bigint') return Number(value);
  return value ?? null;
}
