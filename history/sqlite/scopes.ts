import type { HistoryKind } from '../kind.ts';
import type { Database } from './database.ts';

/**
 * @returns the number of a kind in a namespace (undefined: cluster-scoped); undefined when nothing of it was ever
 * recorded
 */
export function findScope(database: Database, kind: HistoryKind, namespace: string | undefined): number | undefined {
  const found = database.get(
    'SELECT id FROM scope WHERE kind = ? AND namespace = ?',
    kind.type.kind,
    namespace ?? '',
  )?.['id'];
  return found === undefined ? undefined : Number(found);
}

/** The same; made when it is new. They are few, and stay. Only within a transaction. */
export function scopeNumber(database: Database, kind: HistoryKind, namespace: string | undefined): number {
  return (
    findScope(database, kind, namespace) ??
    Number(
      database.get('INSERT INTO scope (kind, namespace) VALUES (?, ?) RETURNING id', kind.type.kind, namespace ?? '')?.[
        'id'
      ],
    )
  );
}
