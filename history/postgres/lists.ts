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
  type Count,
} from '../storage/listing.ts';
import { unpackObject } from '../storage/objects.ts';
import type { ListQuery, Page, Tally } from '../store.ts';
import type { Queries, Value } from './database.ts';
import { columnsOf, recordColumns } from './reads.ts';

/** Puts a record that is over into the list of its kind, and counts it. Only within a transaction. */
export async function writeListed<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  object: T,
  key: number,
): Promise<void> {
  const row = listedRow(kind, object);
  if (row === undefined || kind.listing === undefined) return;
  const { name, user, outcome, began, ran } = row;
  await queries.all(
    `INSERT INTO listed (record, scope, name, "user", outcome, began, ran)
     SELECT key, scope, $2, $3, $4, $5, $6 FROM record WHERE key = $1`,
    key,
    name,
    user,
    outcome,
    began,
    ran,
  );
  await queries.all(
    'INSERT INTO listed_name (scope, name) SELECT scope, name FROM listed WHERE record = $1 ' +
      // Locks a name that is there: who forgets the last record of that name waits, and then sees this one.
      'ON CONFLICT (scope, name) DO UPDATE SET name = excluded.name',
    key,
  );
  if (ran) await addToTally(queries, key, outcome, countOf(row, tookOf(kind, object), kind.listing));
}

async function addToTally(queries: Queries, key: number, outcome: string, { day, hour, span }: Count): Promise<void> {
  await queries.all(
    `INSERT INTO tally (scope, day, outcome, total, hours, spans)
     SELECT scope, $2, $3, 1, $4::integer[], $5::integer[] FROM listed WHERE record = $1
     ON CONFLICT (scope, day, outcome) DO UPDATE SET total = tally.total + 1,
       hours[$6::integer] = coalesce(tally.hours[$6::integer], 0) + 1,
       spans[$7::integer] = coalesce(tally.spans[$7::integer], 0) + 1`,
    key,
    day,
    outcome,
    one(hour),
    one(span),
    // The first place is 1.
    hour + 1,
    span + 1,
  );
}

function one(place: number): readonly number[] {
  return filled([], place + 1).map((_, index) => (index === place ? 1 : 0));
}

/** Takes a record out of its list; it is counted still. Only within a transaction. */
export async function forgetListed(queries: Queries, key: number): Promise<void> {
  const gone = await queries.get('DELETE FROM listed WHERE record = $1 RETURNING scope, name', key);
  if (gone === undefined) return;
  const name = [Number(gone['scope']), String(gone['name'])] as const;
  await queries.all('SELECT 1 FROM listed_name WHERE scope = $1 AND name = $2 FOR UPDATE', ...name);
  await queries.all(
    `DELETE FROM listed_name WHERE scope = $1 AND name = $2
     AND NOT EXISTS (SELECT 1 FROM listed WHERE listed.scope = $1 AND listed.name = $2)`,
    ...name,
  );
}

export async function readList<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  namespace: string | undefined,
  query: ListQuery,
): Promise<Page<T>> {
  const bounds = boundsOf(query);
  const scope = await queries.get(
    'SELECT id FROM scope WHERE kind = $1 AND namespace = $2',
    kind.type.kind,
    namespace ?? '',
  );
  if (scope === undefined || bounds === undefined) return { items: [] };
  const { user, outcome, limit } = query;
  const outcomes = (kind.listing?.outcomes ?? []).filter((each) => outcome === undefined || each === outcome);
  const { names, part } = await namesWith(queries, Number(scope['id']), query.name);
  const values: Value[] = [
    Number(scope['id']),
    outcomes,
    names ?? [''],
    bounds.from,
    bounds.before.began,
    bounds.before.record,
    limit + 1,
  ];
  const tests = [
    'listed.scope = $1 AND listed.outcome = outcomes.outcome AND listed.began >= $4',
    '(listed.began, listed.record) < ($5, $6)',
    ...(bounds.ranOnly ? ['listed.ran'] : []),
    ...(user === undefined ? [] : [`listed."user" = $${values.push(user)}`]),
    ...(names === undefined ? [] : ['listed.name = names.name']),
    ...(part === undefined ? [] : [`strpos(listed.name, $${values.push(part)}) > 0`]),
  ];
  // A page of each outcome and name: whatever is asked for is read in an index from its first line to its last.
  const found = await queries.all(
    `SELECT page.*, ${recordColumns} JOIN (
       SELECT place.* FROM unnest($2::text[]) AS outcomes (outcome)
       CROSS JOIN unnest($3::text[]) AS names (name)
       CROSS JOIN LATERAL (
         SELECT listed.record, listed.began, listed.name AS known_as, listed."user", listed.outcome FROM listed
         WHERE ${tests.join(' AND ')} ORDER BY listed.began DESC, listed.record DESC LIMIT $7) AS place
       ORDER BY place.began DESC, place.record DESC LIMIT $7) AS page ON page.record = record.key`,
    ...values,
  );
  const { shown, ...next } = pageOf(
    found.map((row) => ({
      began: Number(row['began']),
      record: Number(row['record']),
      row,
    })),
    limit,
  );
  const items = shown.map(({ row }) => ({
    object: unpackObject(kind, columnsOf(row)),
    entry: { name: String(row['known_as']), user: String(row['user']), outcome: String(row['outcome']) },
  }));
  return { items, ...next };
}

/** The names that contain this part; all are gone through where they are too many. */
async function namesWith(
  queries: Queries,
  scope: number,
  part: string | undefined,
): Promise<{ readonly names?: readonly string[]; readonly part?: string }> {
  if (part === undefined || part === '') return {};
  const rows = await queries.all(
    'SELECT name FROM listed_name WHERE scope = $1 AND strpos(name, $2) > 0 LIMIT $3',
    scope,
    part,
    mostNames + 1,
  );
  return rows.length > mostNames ? { part } : { names: rows.map(({ name }) => String(name)) };
}

export async function readTallies(
  queries: Queries,
  kind: HistoryKind,
  namespace: string | undefined,
  { first, last }: { readonly first: string; readonly last: string },
): Promise<readonly Tally[]> {
  const { listing } = kind;
  if (listing === undefined) return [];
  const rows = await queries.all(
    `SELECT day, outcome, total, hours, spans FROM tally
     WHERE scope = (SELECT id FROM scope WHERE kind = $1 AND namespace = $2)
     AND day >= $3 AND day <= $4 ORDER BY day, outcome`,
    kind.type.kind,
    namespace ?? '',
    first,
    last,
  );
  return rows.map((row) =>
    tallyOf(
      { day: String(row['day']), outcome: String(row['outcome']), total: Number(row['total']) },
      row['hours'] as readonly number[],
      row['spans'] as readonly number[],
      listing,
    ),
  );
}

export async function readCompleted(
  queries: Queries,
  kind: HistoryKind,
  uids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await queries.all(
    `SELECT record.uid FROM record JOIN scope ON scope.id = record.scope
     WHERE record.uid = ANY($1::text[]) AND record.state > 0 AND scope.kind = $2`,
    [...uids],
    kind.type.kind,
  );
  return new Set(rows.map(({ uid }) => String(uid)));
}
