import type { KubeObject } from '../../kube/objects.ts';
import type { HistoryKind, Rows } from '../kind.ts';
import { refOf } from '../records.ts';
import { createdOf, detached, endOf, secondsOf, storedId } from '../storage/forms.ts';
import { packObject, unpackObject } from '../storage/objects.ts';
import { toSeconds } from '../times.ts';
import type { Queries } from './database.ts';
import { writeRows } from './details.ts';
import { writeFields } from './fields.ts';
import { writeListed } from './lists.ts';
import { columnsOf, recordColumns } from './reads.ts';

/** How a record is to be. */
interface Form {
  /** 0: seen, 1: complete. */
  readonly state: 0 | 1;
  /** Seconds since 1970. */
  readonly ended: number | null;
  readonly object: Uint8Array;
}

/**
 * Lets nobody else write of these objects before the transaction ends. Always in one order, so that no two wait for
 * each other.
 */
export async function lockObjects(queries: Queries, uids: readonly string[]): Promise<void> {
  await queries.all(
    `SELECT pg_advisory_xact_lock(lock) FROM (
       SELECT DISTINCT hashtextextended(uid, 0) AS lock FROM unnest($1::text[]) AS asked (uid) ORDER BY 1) AS locks`,
    [...uids],
  );
}

/** @returns the number of a kind in a namespace (undefined: cluster-scoped), which is made when it is new */
async function scopeNumber(queries: Queries, kind: string, namespace: string | undefined): Promise<number> {
  const found =
    (await queries.get('SELECT id FROM scope WHERE kind = $1 AND namespace = $2', kind, namespace ?? '')) ??
    (await queries.get(
      `INSERT INTO scope (kind, namespace) VALUES ($1, $2)
       ON CONFLICT (kind, namespace) DO UPDATE SET kind = $1 RETURNING id`,
      kind,
      namespace ?? '',
    ));
  return Number(found?.['id']);
}

/**
 * Takes note of an object. Nothing is written for one that is known as it is, or that is complete. Only within a
 * transaction, under the lock.
 */
export async function writeSeen<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  object: T,
  now: Date,
): Promise<void> {
  const form = { state: 0, ended: null, object: packObject(kind, object) } as const;
  if ((await putRecord(queries, kind, object, form, now)) !== undefined) await endEarlier(queries, kind, object, now);
}

/** Records how an object ended, unless that is recorded. Only within a transaction, under the lock. */
export async function writeComplete<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  object: T,
  attachments: Rows,
  now: Date,
): Promise<void> {
  const { object: rest, rows } = detached(kind, object);
  const form = { state: 1, ended: endOf(kind, object, now), object: packObject(kind, rest) } as const;
  const key = await putRecord(queries, kind, object, form, now);
  if (key === undefined) return;
  await writeListed(queries, kind, object, key);
  await writeRows(queries, kind, key, { ...rows, ...attachments });
  await endEarlier(queries, kind, object, now);
}

/** @returns the key of the record; undefined when it is complete, or already as it is to be */
async function putRecord<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  object: T,
  form: Form,
  now: Date,
): Promise<number | undefined> {
  const { uid, generation } = refOf(kind, object);
  const known = await queries.get(
    `SELECT record.id AS id, record.scope AS scope, ${recordColumns} WHERE record.uid = $1 AND record.generation = $2`,
    uid,
    generation,
  );
  if (known === undefined) return insertRecord(queries, kind, object, form, now);
  const id = storedId(object) ?? (known['id'] === null ? null : Number(known['id']));
  const before = columnsOf(known);
  const same = known['id'] === id && Buffer.compare(before.object, form.object) === 0;
  if (Number(known['state']) !== 0 || (form.state === 0 && same)) return undefined;
  const key = Number(known['key']);
  await queries.all(
    'UPDATE record SET id = $2, state = $3, phase = $4, started = coalesce($5, started), ended = $6, object = $7 ' +
      'WHERE key = $1',
    key,
    id,
    form.state,
    kind.phaseOf(object) ?? null,
    toSeconds(kind.startedAt(object)) ?? null,
    form.ended,
    form.object,
  );
  const place = { scope: Number(known['scope']), created: before.created, key };
  await writeFields(queries, place, kind.fields(unpackObject(kind, before)), kind.fields(object));
  return key;
}

async function insertRecord<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  object: T,
  { state, ended, object: packed }: Form,
  now: Date,
): Promise<number> {
  const { uid, generation } = refOf(kind, object);
  const scope = await scopeNumber(queries, kind.type.kind, object.metadata.namespace);
  const created = createdOf(object);
  // When somebody asked for a generation no object tells: it is known from the first sight of it.
  const seen = kind.recordPer === 'generation' ? secondsOf(now) : null;
  const written = await queries.get(
    'INSERT INTO record (uid, generation, scope, name, id, created, state, phase, started, ended, object) ' +
      'VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING key',
    uid,
    generation,
    scope,
    object.metadata.name,
    storedId(object),
    created,
    state,
    kind.phaseOf(object) ?? null,
    toSeconds(kind.startedAt(object)) ?? seen,
    ended,
    packed,
  );
  const key = Number(written?.['key']);
  await writeFields(queries, { scope, created, key }, {}, kind.fields(object));
  return key;
}

/**
 * Of an object that never ends, only the last generation goes on; one that is heard of late is over at once. It is kept
 * as it was seen last.
 */
async function endEarlier<T extends KubeObject>(
  queries: Queries,
  kind: HistoryKind<T>,
  { metadata }: T,
  now: Date,
): Promise<void> {
  if (kind.recordPer !== 'generation') return;
  const open = await queries.all(
    `SELECT ${recordColumns} WHERE record.uid = $1 AND record.state = 0
     AND record.generation < (SELECT max(generation) FROM record WHERE uid = $1)`,
    metadata.uid ?? '',
  );
  for (const row of open) {
    const key = Number(row['key']);
    const { object, rows } = detached(kind, unpackObject(kind, columnsOf(row)));
    await queries.all(
      'UPDATE record SET state = 1, ended = $2, object = $3 WHERE key = $1',
      key,
      secondsOf(now),
      packObject(kind, object),
    );
    await writeRows(queries, kind, key, rows);
  }
}
