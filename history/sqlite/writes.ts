import type { KubeObject } from '../../kube/objects.ts';
import type { HistoryKind, Rows } from '../kind.ts';
import { refOf } from '../records.ts';
import { createdOf, detached, endOf, secondsOf, storedId } from '../storage/forms.ts';
import { dayOf, toSeconds } from '../times.ts';
import type { Database } from './database.ts';
import { writeRows } from './details.ts';
import { writeFields } from './fields.ts';
import { writeListed } from './lists.ts';
import { packObject, unpackObject } from '../storage/objects.ts';
import { columnsOf, findRecord, recordColumns } from './reads.ts';
import { scopeNumber } from './scopes.ts';
import { Texts } from './texts.ts';

/** How a record is to be. */
interface Form {
  /** 0: seen, 1: complete. */
  readonly state: 0 | 1;
  /** Seconds since 1970. */
  readonly ended: number | null;
  readonly object: Uint8Array;
}

/**
 * Takes note of an object. Nothing is written for one that is known as it is, or that is complete. Only within a
 * transaction.
 */
export function writeSeen<T extends KubeObject>(database: Database, kind: HistoryKind<T>, object: T, now: Date): void {
  const packed = packObject(kind, object);
  if (putRecord(database, kind, object, { state: 0, ended: null, object: packed }, now) !== undefined)
    endEarlier(database, kind, object, now);
}

/** Records how an object ended, unless that is recorded. Only within a transaction. */
export function writeComplete<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  object: T,
  attachments: Rows,
  now: Date,
): void {
  const ended = endOf(kind, object, now);
  const { object: rest, rows } = detached(kind, object);
  const key = putRecord(database, kind, object, { state: 1, ended, object: packObject(kind, rest) }, now);
  if (key === undefined) return;
  writeListed(database, kind, object, key);
  writeRows(database, kind, key, { ...rows, ...attachments }, new Texts(database, dayOf(ended)));
  endEarlier(database, kind, object, now);
}

/** @returns the key of the record; undefined when it is complete, or already as it is to be */
function putRecord<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  object: T,
  form: Form,
  now: Date,
): number | undefined {
  const { uid, generation } = refOf(kind, object);
  const known = findRecord(database, kind, uid, generation);
  if (known === undefined) return insertRecord(database, kind, object, form, now);
  const id = storedId(object) ?? known.id;
  if (known.state !== 0 || (form.state === 0 && known.id === id && known.isPacked(form.object))) return undefined;
  database.run(
    'UPDATE record SET id = ?, state = ?, phase = ?, started = coalesce(?, started), ended = ?, object = ? ' +
      'WHERE key = ?',
    id,
    form.state,
    kind.phaseOf(object) ?? null,
    toSeconds(kind.startedAt(object)) ?? null,
    form.ended,
    form.object,
    known.key,
  );
  writeFields(database, known, known.fields(), kind.fields(object));
  return known.key;
}

function insertRecord<T extends KubeObject>(
  database: Database,
  kind: HistoryKind<T>,
  object: T,
  { state, ended, object: packed }: Form,
  now: Date,
): number {
  const { uid, generation } = refOf(kind, object);
  const { namespace, name } = object.metadata;
  const scope = scopeNumber(database, kind, namespace);
  const created = createdOf(object);
  // When somebody asked for a generation no object tells: it is known from the first sight of it.
  const seen = kind.recordPer === 'generation' ? secondsOf(now) : null;
  const written = database.get(
    'INSERT INTO record (uid, generation, scope, name, id, created, state, phase, started, ended, object) ' +
      'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key',
    uid,
    generation,
    scope,
    name,
    storedId(object),
    created,
    state,
    kind.phaseOf(object) ?? null,
    toSeconds(kind.startedAt(object)) ?? seen,
    ended,
    packed,
  );
  const key = Number(written?.['key']);
  writeFields(database, { scope, created, key }, {}, kind.fields(object));
  return key;
}

/**
 * Of an object that never ends, only the last generation goes on; one that is heard of late is over at once. It is kept
 * as it was seen last.
 */
function endEarlier<T extends KubeObject>(database: Database, kind: HistoryKind<T>, { metadata }: T, now: Date): void {
  if (kind.recordPer !== 'generation') return;
  const ended = secondsOf(now);
  const open = database.all(
    `SELECT ${recordColumns} WHERE record.uid = ?1 AND record.state = 0
     AND record.generation < (SELECT max(generation) FROM record WHERE uid = ?1)`,
    metadata.uid ?? '',
  );
  for (const row of open) {
    const key = Number(row['key']);
    const { object, rows } = detached(kind, unpackObject(kind, columnsOf(row)));
    database.run(
      'UPDATE record SET state = 1, ended = ?, object = ? WHERE key = ?',
      ended,
      packObject(kind, object),
      key,
    );
    writeRows(database, kind, key, rows, new Texts(database, dayOf(ended)));
  }
}
