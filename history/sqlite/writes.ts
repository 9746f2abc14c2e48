import { idOf } from '../../crds/labels.ts';
import type { RunStep } from '../../crds/runlog.ts';
import type { AgentTask, AgentTaskHost } from '../../crds/types/agenttask.ts';
import type { Operation } from '../store.ts';
import type { Database } from './database.ts';
import { packEnded, packSeen } from './objects.ts';
import { Texts } from './texts.ts';
import { dayOf, toSeconds } from './times.ts';

/** Kubernetes allows a task without them only in a request to create one. */
function identity({ metadata }: AgentTask): {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly created: number;
} {
  const { uid = '', namespace = '', name, creationTimestamp } = metadata;
  return { uid, namespace, name, created: toSeconds(creationTimestamp) ?? 0 };
}

/** Takes note of a task. Nothing is written for one that is known as it is, or that is complete. Only within a transaction. */
export function writeSeen(database: Database, task: AgentTask): void {
  const { uid, namespace, name, created } = identity(task);
  const { correlationID = null, source = null } = task.spec;
  database.run(
    `INSERT INTO task (uid, namespace, name, id, created, state, phase, correlation, source, object) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?)
     ON CONFLICT (uid) DO UPDATE SET id = coalesce(excluded.id, id), phase = excluded.phase, correlation = excluded.correlation, source = excluded.source, object = excluded.object
     WHERE state = 0 AND (object IS NOT excluded.object OR id IS NOT coalesce(excluded.id, id))`,
    uid,
    namespaceNumber(database, namespace),
    name,
    storedId(task),
    created,
    task.status?.phase ?? null,
    correlationID,
    source,
    packSeen(task),
  );
}

/** Records how a task ended, unless that is recorded. Only within a transaction. */
export function writeComplete(database: Database, task: AgentTask, steps: readonly RunStep[], now: Date): void {
  const { uid, namespace, name, created } = identity(task);
  const { correlationID = null, source = null } = task.spec;
  const ended =
    toSeconds(task.status?.completionTime) ??
    toSeconds(task.metadata.deletionTimestamp) ??
    Math.floor(now.getTime() / 1000);
  const written = database.get(
    `INSERT INTO task (uid, namespace, name, id, created, state, phase, ended, correlation, source, object) VALUES (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
     ON CONFLICT (uid) DO UPDATE SET id = coalesce(excluded.id, id), state = 1, phase = excluded.phase, ended = excluded.ended, correlation = excluded.correlation, source = excluded.source, object = excluded.object
     WHERE state = 0 RETURNING key`,
    uid,
    namespaceNumber(database, namespace),
    name,
    storedId(task),
    created,
    task.status?.phase ?? null,
    ended,
    correlationID,
    source,
    packEnded(task),
  );
  if (written === undefined) return;
  const key = Number(written['key']);
  const texts = new Texts(database, dayOf(ended));
  (task.status?.hosts ?? []).forEach((host, number) => writeHost(database, texts, key, number, host));
  steps.forEach((step, number) => writeStep(database, texts, key, number, step));
}

/** Operations on tasks that the history knows, and has not pruned; those that it has already are left alone. Only within a transaction. */
export function writeOperations(database: Database, operations: readonly Operation[]): void {
  for (const { uid, operation, requestId, user, time } of operations) {
    database.run(
      'INSERT OR IGNORE INTO operation (task, operation, request_id, user, time) SELECT key, ?, ?, ?, ? FROM task WHERE uid = ? AND state < 2',
      operation,
      requestId,
      user,
      toSeconds(time) ?? 0,
      uid,
    );
  }
}

function writeHost(
  database: Database,
  texts: Texts,
  key: number,
  number: number,
  { name, result, counts, message }: AgentTaskHost,
): void {
  database.run(
    'INSERT INTO host (task, number, name, result, ok, changed, failed, skipped, unreachable, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    key,
    number,
    texts.number(name),
    texts.number(result),
    counts?.ok ?? null,
    counts?.changed ?? null,
    counts?.failed ?? null,
    counts?.skipped ?? null,
    counts?.unreachable ?? null,
    message ?? null,
  );
}

function writeStep(
  database: Database,
  texts: Texts,
  key: number,
  number: number,
  { host, name, action, result, start, end, ignored, message }: RunStep,
): void {
  const from = toSeconds(start);
  const to = toSeconds(end);
  database.run(
    'INSERT INTO step (task, number, host, name, action, result, start, duration, ignored, message) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    key,
    number,
    texts.number(host),
    texts.number(name),
    texts.number(action),
    texts.number(result),
    from ?? null,
    from === undefined || to === undefined ? null : to - from,
    ignored === true ? 1 : null,
    message ?? null,
  );
}

/** Namespaces are few, and stay. */
function namespaceNumber(database: Database, name: string): number {
  const found =
    database.get('SELECT id FROM namespace WHERE name = ?', name) ??
    database.get('INSERT INTO namespace (name) VALUES (?) RETURNING id', name);
  return Number(found?.['id']);
}

/** A label that somebody wrote by hand may hold more digits than a number can. */
function storedId(task: AgentTask): number | null {
  const id = idOf(task);
  return id === undefined || !Number.isSafeInteger(id) ? null : id;
}
