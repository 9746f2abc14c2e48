import { idOf } from '../../../../crds/labels.ts';
import type { RunStep } from '../../../../crds/runlog.ts';
import type { AgentTask, AgentTaskHost } from '../../../../crds/types/agenttask.ts';
import { Database } from '../../../../history/sqlite/database.ts';
import { migrate } from '../../../../history/sqlite/migrate.ts';
import { pack } from '../../../../history/storage/packing.ts';
import { migrations } from '../../../../history/sqlite/schema.ts';
import { toSeconds } from '../../../../history/times.ts';

/** Writes a file as the first version of its form had it, row by row. */
export class Version1 {
  readonly #database: Database;

  constructor(path: string) {
    this.#database = new Database(path, false);
    this.#database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
    migrate(this.#database, migrations.slice(0, 1));
  }

  /** A task that goes on. */
  see(task: AgentTask): void {
    const { labels, annotations } = task.metadata;
    this.#task(task, 0, { metadata: { labels, annotations }, spec: task.spec, status: task.status });
  }

  /** A task that has ended, its hosts being those of its spec. */
  complete(task: AgentTask, steps: readonly RunStep[]): void {
    const { labels, annotations } = task.metadata;
    const { hosts: _, ...spec } = task.spec;
    const { hosts = [], ...status } = task.status ?? {};
    const key = this.#task(task, 1, { metadata: { labels, annotations }, spec, status });
    for (const [number, host] of hosts.entries()) this.#host(key, number, host);
    for (const [number, step] of steps.entries()) this.#step(key, number, step);
  }

  /** A task of which the details were forgotten. */
  prune(task: AgentTask): void {
    const { phase, startTime, completionTime } = task.status ?? {};
    const { labels } = task.metadata;
    const key = this.#task(task, 2, {
      metadata: { labels },
      spec: {},
      status: { phase, startTime, completionTime },
    });
    this.#database.run('UPDATE task SET correlation = NULL, source = NULL WHERE key = ?', key);
  }

  operation(task: AgentTask, name: 'create' | 'stop', user: string, requestId: string, time: string): void {
    this.#database.run(
      'INSERT INTO operation (task, operation, request_id, user, time) SELECT key, ?, ?, ?, ? FROM task WHERE uid = ?',
      name,
      requestId,
      user,
      toSeconds(time) ?? 0,
      task.metadata.uid ?? '',
    );
  }

  close(): void {
    this.#database.close();
  }

  #task({ metadata, spec, status, ...task }: AgentTask, state: number, object: object): number {
    const row = this.#database.get(
      'INSERT INTO task (uid, namespace, name, id, created, state, phase, ended, correlation, source, object) ' +
        'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING key',
      metadata.uid ?? '',
      this.#number('namespace', metadata.namespace ?? ''),
      metadata.name,
      idOf({ metadata, ...task }) ?? null,
      toSeconds(metadata.creationTimestamp) ?? 0,
      state,
      status?.phase ?? null,
      toSeconds(status?.completionTime) ?? null,
      spec.correlationID ?? null,
      spec.source ?? null,
      pack(object),
    );
    return Number(row?.['key']);
  }

  #host(key: number, number: number, { name, result, counts, message }: AgentTaskHost): void {
    this.#database.run(
      'INSERT INTO host (task, number, name, result, ok, changed, failed, skipped, unreachable, message) ' +
        'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      key,
      number,
      this.#text(name),
      this.#text(result),
      counts?.ok ?? null,
      counts?.changed ?? null,
      counts?.failed ?? null,
      counts?.skipped ?? null,
      counts?.unreachable ?? null,
      message ?? null,
    );
  }

  #step(key: number, number: number, { host, name, action, result, start, end, ignored, message }: RunStep): void {
    const from = toSeconds(start) ?? 0;
    const to = toSeconds(end);
    this.#database.run(
      'INSERT INTO step (task, number, host, name, action, result, start, duration, ignored, message) ' +
        'VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      key,
      number,
      this.#text(host),
      this.#text(name),
      this.#text(action),
      this.#text(result),
      from,
      to === undefined ? null : to - from,
      ignored === true ? 1 : null,
      message ?? null,
    );
  }

  #text(value: string): number {
    this.#database.run('INSERT OR IGNORE INTO text (value, last_day) VALUES (?, 20000)', value);
    return Number(this.#database.get('SELECT id FROM text WHERE value = ?', value)?.['id']);
  }

  #number(table: 'namespace', name: string): number {
    this.#database.run(`INSERT OR IGNORE INTO ${table} (name) VALUES (?)`, name);
    return Number(this.#database.get(`SELECT id FROM ${table} WHERE name = ?`, name)?.['id']);
  }
}
