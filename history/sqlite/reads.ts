import type { RunStep } from '../../crds/runlog.ts';
import type { AgentTask, AgentTaskHost } from '../../crds/types/agenttask.ts';
import type { Operation, RecordedStep, RecordedTask } from '../store.ts';
import type { Database, Row } from './database.ts';
import { unpackTask, type Columns } from './objects.ts';
import { fromSeconds } from './times.ts';

/** Follows SELECT; what `columnsOf` needs. */
export const taskColumns =
  'task.uid AS uid, task.name AS name, task.created AS created, task.object AS object, namespace.name AS namespace FROM task JOIN namespace ON namespace.id = task.namespace';

const tasks = `SELECT task.key AS key, task.state AS state, ${taskColumns}`;
const latestFirst = 'ORDER BY task.created DESC, task.key DESC LIMIT ?';

/** Values of a row that are there by the schema. */
export function columnsOf(row: Row): Columns {
  return {
    namespace: text(row, 'namespace'),
    name: text(row, 'name'),
    uid: text(row, 'uid'),
    created: Number(row['created']),
    object: row['object'] as Uint8Array,
  };
}

export function readById(database: Database, namespace: string, id: number): RecordedTask | undefined {
  return recorded(
    database,
    database.get(`${tasks} WHERE task.id = ? AND namespace.name = ? ${latestFirst}`, id, namespace, 1),
  );
}

export function readByName(database: Database, namespace: string, name: string): RecordedTask | undefined {
  return recorded(
    database,
    database.get(`${tasks} WHERE namespace.name = ? AND task.name = ? ${latestFirst}`, namespace, name, 1),
  );
}

export function readByCorrelation(
  database: Database,
  namespace: string,
  correlationID: string,
  source: string,
  limit: number,
): readonly RecordedTask[] {
  const rows = database.all(
    `${tasks} WHERE task.correlation = ? AND task.source = ? AND namespace.name = ? ${latestFirst}`,
    correlationID,
    source,
    namespace,
    limit,
  );
  return rows.toReversed().flatMap((row) => recorded(database, row) ?? []);
}

export function readUnfinished(
  database: Database,
  namespace: string | undefined,
  after: string | undefined,
  limit: number,
): readonly AgentTask[] {
  const rows = database.all(
    `${tasks} WHERE task.state = 0 AND (?1 IS NULL OR namespace.name = ?1) AND task.key > coalesce((SELECT key FROM task WHERE uid = ?2), 0) ORDER BY task.key LIMIT ?3`,
    namespace ?? null,
    after ?? null,
    limit,
  );
  return rows.map((row) => unpackTask(columnsOf(row), []));
}

/** In the order of the UIDs, then of the steps. */
export function readSteps(
  database: Database,
  uids: readonly string[],
  host: string | undefined,
  limit: number,
): readonly RecordedStep[] {
  const steps: RecordedStep[] = [];
  for (const uid of uids) {
    if (steps.length >= limit) break;
    const rows = database.all(
      `SELECT host.value AS host, name.value AS name, action.value AS action, result.value AS result, start, duration, ignored, message
       FROM step JOIN text AS host ON host.id = step.host JOIN text AS name ON name.id = step.name
       JOIN text AS action ON action.id = step.action JOIN text AS result ON result.id = step.result
       WHERE step.task = (SELECT key FROM task WHERE uid = ?1) AND (?2 IS NULL OR host.value = ?2) ORDER BY step.number LIMIT ?3`,
      uid,
      host ?? null,
      limit - steps.length,
    );
    for (const row of rows) steps.push(stepOf(uid, row));
  }
  return steps;
}

export function readOperations(database: Database, uid: string): readonly Operation[] {
  const rows = database.all(
    'SELECT operation, request_id, user, time, correlation, source FROM operation JOIN task ON task.key = operation.task WHERE task.uid = ? ORDER BY time, operation.operation, request_id',
    uid,
  );
  return rows.map((row) => ({
    uid,
    operation: text(row, 'operation') as Operation['operation'],
    user: text(row, 'user'),
    requestId: text(row, 'request_id'),
    source: String(row['source'] ?? ''),
    correlationID: String(row['correlation'] ?? ''),
    time: fromSeconds(Number(row['time'])),
  }));
}

export function readHighestId(database: Database): number {
  return Number(database.get('SELECT max(id) AS highest FROM task WHERE id IS NOT NULL')?.['highest'] ?? 0);
}

/** 0: seen, 1 and 2: complete, with its details or pruned; undefined: never heard of. */
export function readState(database: Database, uid: string): number | undefined {
  const row = database.get('SELECT state FROM task WHERE uid = ?', uid);
  return row === undefined ? undefined : Number(row['state']);
}

function recorded(database: Database, row: Row | undefined): RecordedTask | undefined {
  if (row === undefined) return undefined;
  const state = Number(row['state']);
  const task = unpackTask(columnsOf(row), state === 1 ? readHosts(database, Number(row['key'])) : []);
  return state === 2 ? { task, complete: true, pruned: true } : { task, complete: state === 1 };
}

function readHosts(database: Database, key: number): readonly AgentTaskHost[] {
  const rows = database.all(
    `SELECT name.value AS name, result.value AS result, ok, changed, failed, skipped, unreachable, message
     FROM host JOIN text AS name ON name.id = host.name JOIN text AS result ON result.id = host.result WHERE host.task = ? ORDER BY host.number`,
    key,
  );
  return rows.map(hostOf);
}

function hostOf(row: Row): AgentTaskHost {
  const count = (name: string): number => Number(row[name] ?? 0);
  const counts = {
    ok: count('ok'),
    changed: count('changed'),
    failed: count('failed'),
    skipped: count('skipped'),
    unreachable: count('unreachable'),
  };
  return {
    name: text(row, 'name'),
    result: text(row, 'result') as AgentTaskHost['result'],
    ...(row['message'] === null ? {} : { message: text(row, 'message') }),
    ...(row['ok'] === null ? {} : { counts }),
  };
}

function stepOf(uid: string, row: Row): RecordedStep {
  const { start, duration } = row;
  return {
    uid,
    host: text(row, 'host'),
    name: text(row, 'name'),
    action: text(row, 'action'),
    start: start === null ? '' : fromSeconds(Number(start)),
    end: start === null || duration === null ? '' : fromSeconds(Number(start) + Number(duration)),
    result: text(row, 'result') as RunStep['result'],
    ...(row['ignored'] === null ? {} : { ignored: true }),
    ...(row['message'] === null ? {} : { message: text(row, 'message') }),
  };
}

function text(row: Row, column: string): string {
  return String(row[column]);
}
