import { idOf } from '../../crds/labels.ts';
import { agentTasks, type AgentTask, type AgentTaskBatch } from '../../crds/types/agenttask.ts';
import type { RunStep } from '../../crds/runlog.ts';
import { agentTaskHistory } from '../../history/agenttask/kind.ts';
import { stepsOf } from '../../history/agenttask/lookups.ts';
import type { Client } from '../../kube/client.ts';
import { joinKey } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import { Rights } from '../objects/rights.ts';
import { readParts, type OnBroken } from '../objects/run-logs.ts';
import { JobxError } from './errors.ts';
import type { Project, Projects } from './projects.ts';
import { hasEnded } from './reports.ts';
import { findRun } from './runs.ts';
import { timeText } from './times.ts';
import { batchUuid, isUuid, uuidOf } from './uuids.ts';

/** What reading logs needs. */
export interface LogReading {
  /** With the rights of this service: logs lie in ConfigMaps, which callers may not read. */
  readonly client: Client;
  readonly onBroken: OnBroken;
}

/** A log that is there. */
export interface FoundLog {
  readonly project: Project;
  /** Of the task. */
  readonly uuid: string;
  /** Of the batch that is meant; undefined: all of them. */
  readonly number: number | undefined;
}

/** The log of one batch. */
interface BatchLog {
  /** Of the task of the batch. */
  readonly uid: string;
  /** Nothing will be added to it. */
  readonly over: boolean;
}

/**
 * @param id the uuid of a task, of a batch, or of both, one behind the other. What the original wrote behind those of a
 * task and of a plugin, the plugin's type, is not looked at
 * @throws JobxError when there is no such log, AuthError
 */
export async function findLog(projects: Projects, caller: Caller, id: string): Promise<FoundLog> {
  const found = await projects.search(async (project) => findIn(project, caller, id));
  if (found === undefined)
    throw new JobxError(`Non-existent uuid:${id}`, { fix: 'give the uuid of a task or of a batch' });
  await mayRead(found.project, caller);
  return found;
}

async function findIn(project: Project, caller: Caller, id: string): Promise<FoundLog | undefined> {
  const batch = await project.batch(caller, id);
  if (batch !== undefined) return { project, uuid: uuidOf(batch.task), number: batch.number };
  const uuid = id.slice(0, 12);
  const task = isUuid(uuid) ? (await findRun(project, caller, uuid))?.object : undefined;
  if (task === undefined) return undefined;
  if (id.length === uuid.length) return { project, uuid, number: undefined };
  const number = task.status?.batches?.find(
    (each) => batchUuid(idOf(task) ?? 0, each.number) === id.slice(12, 24),
  )?.number;
  return number === undefined ? undefined : { project, uuid, number };
}

async function mayRead({ tasks: { authorizer }, namespace }: Project, caller: Caller): Promise<void> {
  await new Rights(authorizer, agentTasks).demand(caller, { verb: 'get', namespace, subresource: 'log' });
}

/** How far a log has come. */
export interface LogSoFar {
  readonly task: AgentTask;
  /** Nothing will be added to it. */
  readonly over: boolean;
  /** Batch by batch, each as it is when it is asked for. */
  readonly batches: readonly {
    readonly uid: string;
    readonly over: boolean;
    steps(this: void): Promise<readonly RunStep[]>;
  }[];
}

/** @returns undefined for a log that is gone. @throws AuthError, HistoryError */
export async function readLog(log: FoundLog, caller: Caller, reading: LogReading): Promise<LogSoFar | undefined> {
  const { project, uuid, number } = log;
  await mayRead(project, caller);
  const task = (await findRun(project, caller, uuid))?.object;
  if (task === undefined) return undefined;
  // Looked at before any log is read, so that the log of what has ended is read as a whole.
  const over = hasEnded(task);
  const batches = await batchLogs(project, task, number);
  return {
    task,
    over,
    batches: batches.map((batch) => ({ ...batch, steps: async () => stepsIn(project, batch, reading) })),
  };
}

async function batchLogs(
  { tasks, namespace, history }: Project,
  { status }: AgentTask,
  number: number | undefined,
): Promise<readonly BatchLog[]> {
  const logs: BatchLog[] = [];
  const meant = status?.batches?.filter((batch) => number === undefined || batch.number === number) ?? [];
  for (const name of meant.flatMap(tasksOf)) {
    const live = tasks.cache.get(joinKey({ namespace, name }));
    const found = live ?? (await history?.byName(agentTaskHistory, { namespace, name }))?.object;
    const uid = found?.metadata.uid;
    if (found !== undefined && uid !== undefined) logs.push({ uid, over: live === undefined || hasEnded(found) });
  }
  return logs;
}

/** Names of the tasks that were made for a batch, the first one first: one that is tried again has several. */
function tasksOf({ task, attempt = 1 }: AgentTaskBatch): readonly string[] {
  if (task === undefined) return [];
  const [end, others] = [`-${attempt}`, attempt - 1];
  if (others < 1 || !task.endsWith(end)) return [task];
  const first = task.slice(0, -end.length);
  return [first, ...Array.from({ length: others }, (_, index) => `${first}-${index + 2}`)];
}

/** From where its controller writes them and, once they are gone from there, from the history. */
async function stepsIn(
  { namespace, history }: Project,
  { uid }: BatchLog,
  { client, onBroken }: LogReading,
): Promise<readonly RunStep[]> {
  const parts = await readParts(client, namespace, [uid], onBroken);
  if (parts.length > 0 || history === undefined) return parts.flatMap(({ steps }) => steps);
  return stepsOf(history, [uid]);
}

/** The lines of a log so far, one for each step. @throws as readLog */
export async function* logLines(log: FoundLog, caller: Caller, reading: LogReading): AsyncGenerator<string> {
  const { batches = [] } = (await readLog(log, caller, reading)) ?? {};
  for (const { steps } of batches) yield (await steps()).map((step) => `${lineOf(step)}\n`).join('');
}

export function lineOf({ start, host, name, result, message }: RunStep): string {
  return `${timeText(start)} ${host} ${result} ${name}${message === undefined ? '' : `: ${message}`}`;
}
