import type { Database } from './database.ts';

/** Of one record. */
interface Place {
  readonly scope: number;
  readonly created: number;
  readonly key: number;
}

type Fields = Readonly<Record<string, string>>;

/** Lets the record be found by these fields, and no more by those that it had before. Only within a transaction. */
export function writeFields(database: Database, { scope, created, key }: Place, before: Fields, after: Fields): void {
  for (const [name, value] of Object.entries(before))
    if (after[name] !== value)
      database.run(
        'DELETE FROM found_by WHERE scope = ? ' +
          'AND field = (SELECT id FROM field WHERE name = ?) AND value = ? AND created = ? AND record = ?',
        scope,
        name,
        value,
        created,
        key,
      );
  for (const [name, value] of Object.entries(after))
    if (before[name] !== value)
      database.run(
        'INSERT OR IGNORE INTO found_by (scope, field, value, created, record) VALUES (?, ?, ?, ?, ?)',
        scope,
        fieldNumber(database, name),
        value,
        created,
        key,
      );
}

function fieldNumber(database: Database, name: string): number {
  const found =
    database.get('SELECT id FROM field WHERE name = ?', name) ??
    database.get('INSERT INTO field (name) VALUES (?) RETURNING id', name);
  return Number(found?.['id']);
}
