import type { KubeObject } from '../../kube/objects.ts';
import type { HistoryKind } from '../kind.ts';
import {
  boundsOf,
  countOf,
  filled,
  listedRow,
  mostNames,
  pageOf,
  tallyOf,
  tookOf,
  type Bounds,
  type Count,
  type Place,
} from '../storage/listing.ts';
import { unpackObject } from '../storage/objects.ts';
import type { ListQuery, Page, Tally } from '../store.ts';
import type { Database, Row as Values } from './database.ts';
import { columnsOf, recordColumns } from './reads.ts';
import { findScope } from './scopes.ts';

/** Puts a record that is over into the list of its kind, and counts it. Only within a transaction. */
export function writeListed<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  object: T,
  key: number,
): void {
  const row = listedRow(kind, object);
  if (row === undefined || kind.listing === undefined) return;
  const { name, user, outcome, began, ran } = row;
  database.run(
    'INSERT INTO listed (record, scope, name, user, outcome, began, ran) ' +
      'SELECT key, scope, ?2, ?3, ?4, ?5, ?6 FROM record WHERE key = ?1',
    key,
    name,
    user,
    outcome,
    began,
    Number(ran),
  );
  database.run('INSERT OR IGNORE INTO listed_name (scope, name) SELECT scope, name FROM listed WHERE record = ?', key);
  if (ran) addToTally(database, key, outcome, countOf(row, tookOf(kind, object), kind.listing));
}

function addToTally(database: Database, key: number, outcome: string, { day, hour, span }: Count): void {
  const scope = Number(database.get('SELECT scope FROM listed WHERE record = ?', key)?.['scope']);
  const known = database.get(
    'SELECT hours, spans FROM tally WHERE scope = ? AND day = ? AND outcome = ?',
    scope,
    day,
    outcome,
  );
  database.run(
    `INSERT INTO tally (scope, day, outcome, total, hours, spans) VALUES (?1, ?2, ?3, 1, ?4, ?5)
     ON CONFLICT (scope, day, outcome) DO UPDATE SET total = total + 1, hours = ?4, spans = ?5`,
    scope,
    day,
    outcome,
    JSON.stringify(oneMore(numbersOf(known?.['hours']), hour)),
    JSON.stringify(oneMore(numbersOf(known?.['spans']), span)),
  );
}

function oneMore(numbers: readonly number[], place: number): readonly number[] {
  return filled(numbers, place + 1).map((number, index) => (index === place ? number + 1 : number));
}

function numbersOf(json: unknown): readonly number[] {
  return typeof json === 'string' ? (JSON.parse(json) as readonly number[]) : [];
}

/** Takes a record out of its list; it is counted still. Only within a transaction. */
export function forgetListed(database: Database, key: number): void {
  const gone = database.get('DELETE FROM listed WHERE record = ? RETURNING scope, name', key);
  if (gone === undefined) return;
  database.run(
    `DELETE FROM listed_name WHERE scope = ?1 AND name = ?2
     AND NOT EXISTS (SELECT 1 FROM listed WHERE scope = ?1 AND name = ?2)`,
    Number(gone['scope']),
    String(gone['name']),
  );
}

/** Whether all that is over stands in the lists of the kinds that have one. */
export function hasLists(database: Database, kinds: readonly HistoryKind[]): boolean {
  return kindsToList(database, kinds).length === 0;
}

/** Lists what was recorded before there was a list of its kind. */
export function fillLists(database: Database, kinds: readonly HistoryKind[]): void {
  if (hasLists(database, kinds)) return;
  database.transaction(() => {
    for (const kind of kindsToList(database, kinds)) {
      const rows = database.all(
        `SELECT ${recordColumns} WHERE scope.kind = ? AND record.state = 1 ORDER BY record.key`,
        kind.type.kind,
      );
      for (const row of rows) writeListed(database, kind, unpackObject(kind, columnsOf(row)), Number(row['key']));
      database.run('INSERT INTO listed_kind (kind) VALUES (?)', kind.type.kind);
    }
  });
}

function kindsToList(database: Database, kinds: readonly HistoryKind[]): readonly HistoryKind[] {
  const listed = new Set(database.all('SELECT kind FROM listed_kind').map(({ kind }) => kind));
  return kinds.filter(({ listing, type }) => listing !== undefined && !listed.has(type.kind));
}

export function readList<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  namespace: string | undefined,
  query: ListQuery,
): Page<T> {
  const scope = findScope(database, kind, namespace);
  const bounds = boundsOf(query);
  if (scope === undefined || bounds === undefined) return { items: [] };
  const { user, outcome, limit } = query;
  const outcomes = (kind.listing?.outcomes ?? []).filter((each) => outcome === undefined || each === outcome);
  const found = outcomes.flatMap((each) =>
    nameTests(database, scope, query.name).flatMap((test) =>
      placesOf(database, { scope, user, outcome: each, ...test }, bounds, limit + 1),
    ),
  );
  const { shown, ...next } = pageOf(found, limit);
  const items = shown.flatMap((place) => {
    const row = database.get(`SELECT ${recordColumns} WHERE record.key = ?`, place.record);
    return row === undefined ? [] : [{ object: unpackObject(kind, columnsOf(row)), entry: place.entry }];
  });
  return { items, ...next };
}

/** What is asked of the name: nothing, that it is this one, or that it contains something. */
interface NameTest {
  readonly name?: string;
  readonly part?: string;
}

function nameTests(database: Database, scope: number, part: string | undefined): readonly NameTest[] {
  if (part === undefined || part === '') return [{}];
  const names = database.all(
    'SELECT name FROM listed_name WHERE scope = ? AND instr(name, ?) > 0 LIMIT ?',
    scope,
    part,
    mostNames + 1,
  );
  return names.length > mostNames ? [{ part }] : names.map(({ name }) => ({ name: String(name) }));
}

interface Wanted extends NameTest {
  readonly scope: number;
  readonly user: string | undefined;
  readonly outcome: string;
}

interface FoundPlace extends Place {
  readonly entry: { readonly name: string; readonly user: string; readonly outcome: string };
}

function placesOf(
  database: Database,
  { scope, user, outcome, name, part }: Wanted,
  { from, before, ranOnly }: Bounds,
  limit: number,
): readonly FoundPlace[] {
  const tests = [
    'scope = ?1 AND outcome = ?2 AND began >= ?3 AND (began, record) < (?4, ?5)',
    ...(ranOnly ? ['ran = 1'] : []),
    user === undefined ? '?7 IS NULL' : 'user = ?7',
    name === undefined ? '?8 IS NULL' : 'name = ?8',
    part === undefined ? '?9 IS NULL' : 'instr(name, ?9) > 0',
  ];
  const rows = database.all(
    `SELECT record, began, name, user FROM listed WHERE ${tests.join(' AND ')}
     ORDER BY began DESC, record DESC LIMIT ?6`,
    scope,
    outcome,
    from,
    before.began,
    before.record,
    limit,
    user ?? null,
    name ?? null,
    part ?? null,
  );
  return rows.map((row) => foundPlace(row, outcome));
}

function foundPlace(row: Values, outcome: string): FoundPlace {
  const entry = { name: String(row['name']), user: String(row['user']), outcome };
  return { began: Number(row['began']), record: Number(row['record']), entry };
}

export function readTallies(
  database: Database,
  kind: HistoryKind,
  namespace: string | undefined,
  { first, last }: { readonly first: string; readonly last: string },
): readonly Tally[] {
  const { listing } = kind;
  const scope = findScope(database, kind, namespace);
  if (listing === undefined || scope === undefined) return [];
  const rows = database.all(
    'SELECT day, outcome, total, hours, spans FROM tally WHERE scope = ? AND day >= ? AND day <= ? ' +
      'ORDER BY day, outcome',
    scope,
    first,
    last,
  );
  return rows.map((row) =>
    tallyOf(
      { day: String(row['day']), outcome: String(row['outcome']), total: Number(row['total']) },
      numbersOf(row['hours']),
      numbersOf(row['spans']),
      listing,
    ),
  );
}

export function readCompleted(database: Database, kind: HistoryKind, uids: readonly string[]): ReadonlySet<string> {
  const rows = database.all(
    `SELECT record.uid AS uid FROM json_each(?1) AS asked
     JOIN record ON record.uid = asked.value JOIN scope ON scope.id = record.scope
     WHERE record.state > 0 AND scope.kind = ?2`,
    JSON.stringify(uids),
    kind.type.kind,
  );
  return new Set(rows.map(({ uid }) => String(uid)));
}
