import { idOf } from '../../crds/labels.ts';
import type { RunStep } from '../../crds/runlog.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { stepsOf, tasksByCorrelation as recordedByCorrelation } from '../../history/agenttask/lookups.ts';
import type { Client } from '../../kube/client.ts';
import type { Caller } from '../auth/caller.ts';
import { Rights } from '../objects/rights.ts';
import { tasksByCorrelation } from './cache.ts';
import { readParts, type OnBroken } from '../objects/run-logs.ts';
import type { DispatchTasksOptions } from './tasks.ts';

/** Which log is asked for. */
export interface LogQuery {
  readonly correlationID: string;
  readonly source: string;
  /** As it was named in the task; absent: all hosts. */
  readonly host?: string | undefined;
}

/** What one Ansible task did on one host, and within which task of ours. */
export interface LoggedStep {
  readonly task: AgentTask;
  readonly step: RunStep;
}

export interface LogLookupOptions extends DispatchTasksOptions {
  /** With the rights of this service: callers need not be able to read ConfigMaps. */
  readonly client: Client;
}

/** So many tasks and lines are answered at most, the latest. A task on 1000 hosts that was split is 1001 tasks. */
const maxTasks = 2000;
const maxLines = 20_000;
/**
 * Tasks whose log is read at a time: their UIDs still fit into one request's path, and what is read of so many hosts
 * into little memory.
 */
const chunk = { tasks: 50, hosts: 1000 };

/** The logs of runs, from where their controller writes them and, once the tasks are recorded, from the history. */
export class LogLookup {
  readonly #options: LogLookupOptions;
  readonly #rights: Rights;
  readonly #onBroken: OnBroken;

  /** @param onBroken told of a part of a log that cannot be read; the rest is answered */
  constructor(options: LogLookupOptions, onBroken: OnBroken) {
    this.#options = options;
    this.#rights = new Rights(options.authorizer, agentTasks);
    this.#onBroken = onBroken;
  }

  /**
   * @returns the steps in the order in which the tasks were made and, within a task, in which the steps began;
   * undefined when there is no such task
   * @throws AuthError, and what Client.list throws
   */
  async read(caller: Caller, query: LogQuery): Promise<readonly LoggedStep[] | undefined> {
    await this.#rights.demand(caller, { verb: 'get', namespace: this.#options.namespace, subresource: 'log' });
    const { tasks, complete } = await this.#tasks(caller, query);
    if (tasks.length === 0) return undefined;
    // From the latest to the eldest, to stop when enough is read.
    const parts: (readonly LoggedStep[])[] = [];
    let lines = 0;
    for (const some of chunksFromEnd(tasks)) {
      if (lines >= maxLines) break;
      const steps = await this.#steps(some, complete, query.host);
      const part = some.flatMap((task) => (steps.get(task.metadata.uid ?? '') ?? []).map((step) => ({ task, step })));
      parts.unshift(part);
      lines += part.length;
    }
    return parts.flat().slice(-maxLines);
  }

  async #tasks(
    caller: Caller,
    query: LogQuery,
  ): Promise<{ readonly tasks: readonly AgentTask[]; readonly complete: ReadonlySet<string> }> {
    const { correlationID, source } = query;
    const { cache, clientOf, history, namespace } = this.#options;
    const recorded = history === undefined ? [] : await recordedByCorrelation(history, namespace, query, maxTasks);
    const found = new Map(recorded.map(({ object }) => [object.metadata.uid ?? '', object]));
    for (const task of tasksByCorrelation(cache, correlationID, source)) found.set(task.metadata.uid ?? '', task);
    if (found.size === 0) {
      // The cache may not show yet what was made a moment ago.
      const { items } = await clientOf(caller).list(agentTasks, {
        namespace,
        fieldSelector: `spec.correlationID=${escaped(correlationID)},spec.source=${escaped(source)}`,
        limit: maxTasks,
      });
      for (const task of items) found.set(task.metadata.uid ?? '', task);
    }
    const complete = new Set(recorded.flatMap((entry) => (entry.complete ? [entry.object.metadata.uid ?? ''] : [])));
    return { tasks: [...found.values()].toSorted(byCreation).slice(-maxTasks), complete };
  }

  async #steps(
    tasks: readonly AgentTask[],
    complete: ReadonlySet<string>,
    host: string | undefined,
  ): Promise<ReadonlyMap<string, readonly RunStep[]>> {
    const steps = new Map<string, RunStep[]>();
    const add = (uid: string, step: RunStep): void => {
      if (host !== undefined && step.host !== host) return;
      const of = steps.get(uid);
      if (of === undefined) steps.set(uid, [step]);
      else of.push(step);
    };
    const { client, namespace, history } = this.#options;
    const uids = tasks.map(({ metadata }) => metadata.uid ?? '');
    const present = uids.filter((uid) => !complete.has(uid));
    if (present.length > 0)
      for (const part of await readParts(client, namespace, present, this.#onBroken))
        for (const step of part.steps) add(part.uid, step);
    // A task that went since the first look at the history has its log there by now. Here too the latest first, for the
    // case that the limit cuts some off.
    const past = uids.filter((uid) => !steps.has(uid)).toReversed();
    if (past.length > 0 && history !== undefined)
      for (const step of await stepsOf(history, past, host, maxLines)) add(step.uid, step);
    return steps;
  }
}

/** Neighbours together, the last ones first. */
function* chunksFromEnd(tasks: readonly AgentTask[]): IterableIterator<readonly AgentTask[]> {
  let end = tasks.length;
  let hosts = 0;
  for (let at = tasks.length - 1; at >= 0; at -= 1) {
    hosts += tasks[at]?.spec.hosts?.length ?? 0;
    if (at > 0 && end - at < chunk.tasks && hosts < chunk.hosts) continue;
    yield tasks.slice(at, end);
    end = at;
    hosts = 0;
  }
}

function byCreation(a: AgentTask, b: AgentTask): number {
  const [first = '', second = ''] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (first !== second) return first < second ? -1 : 1;
  return (idOf(a) ?? 0) - (idOf(b) ?? 0);
}

/** For a field selector, in which these characters part the terms. */
function escaped(value: string): string {
  return value.replace(/[\\,=]/g, String.raw`\$&`);
}
