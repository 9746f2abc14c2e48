import type { Queries } from './database.ts';

/** Of one record. */
interface Place {
  readonly scope: number;
  readonly created: number;
  readonly key: number;
}

type Fields = Readonly<Record<string, string>>;

/** Lets the record be found by these fields, and no more by those that it had before. Only within a transaction. */
export async function writeFields(
  queries: Queries,
  { scope, created, key }: Place,
  before: Fields,
  after: Fields,
): Promise<void> {
  for (const [name, value] of changed(before, after))
    await queries.all(
      'DELETE FROM found_by WHERE scope = $1 AND field = $2 AND value = $3 AND created = $4 AND record = $5',
      scope,
      name,
      value,
      created,
      key,
    );
  for (const [name, value] of changed(after, before))
    await queries.all(
      'INSERT INTO found_by (scope, field, value, created, record) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING',
      scope,
      name,
      value,
      created,
      key,
    );
}

/** Those that the others do not have like this. */
function changed(fields: Fields, others: Fields): readonly (readonly [string, string])[] {
  return Object.entries(fields).filter(([name, value]) => others[name] !== value);
}
