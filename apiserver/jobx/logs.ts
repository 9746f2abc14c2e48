import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { RunStep } from '../../crds/runlog.ts';
import type { Client } from '../../kube/client.ts';
import { joinKey } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import { Rights } from '../objects/rights.ts';
import { readParts, type OnBroken } from '../objects/run-logs.ts';
import { JobxError } from './errors.ts';
import type { Project } from './projects.ts';
import { findRun } from './runs.ts';
import { timeText } from './times.ts';

/** What reading logs needs. */
export interface LogReading {
  /** With the rights of this service: logs lie in ConfigMaps, which callers may not read. */
  readonly client: Client;
  readonly onBroken: OnBroken;
}

/** @returns the log of a task or of one of its batches, a line for each step. @throws JobxError, AuthError */
export async function logText(
  projects: readonly Project[],
  caller: Caller,
  uuid: string,
  { client, onBroken }: LogReading,
): Promise<string> {
  for (const project of projects) {
    const found = await runOrBatch(project, caller, uuid);
    if (found === undefined) continue;
    const { namespace, tasks } = project;
    const demand = { verb: 'get' as const, namespace, subresource: 'log' };
    await new Rights(tasks.authorizer, agentTasks).demand(caller, demand);
    const children = (found.task.status?.batches ?? [])
      .filter(({ number, task }) => task !== undefined && (found.number === undefined || found.number === number))
      .flatMap(({ task: name = '' }) => tasks.cache.get(joinKey({ namespace, name })) ?? []);
    const uids = children.map(({ metadata }) => metadata.uid ?? '');
    if (uids.length === 0) return '';
    const parts = await readParts(client, namespace, uids, onBroken);
    const inOrder = parts.toSorted((one, other) => uids.indexOf(one.uid) - uids.indexOf(other.uid));
    return inOrder.flatMap(({ steps }) => steps.map(lineOf)).join('');
  }
  throw new JobxError(`Non-existent uuid:${uuid}`, { fix: 'give the uuid of a task or of a batch' });
}

async function runOrBatch(
  project: Project,
  caller: Caller,
  uuid: string,
): Promise<{ readonly task: AgentTask; readonly number: number | undefined } | undefined> {
  const batch = await project.batch(caller, uuid);
  if (batch !== undefined) return batch;
  const run = await findRun(project, caller, uuid);
  return run === undefined ? undefined : { task: run.object, number: undefined };
}

function lineOf({ start, host, name, result, message }: RunStep): string {
  return `${timeText(start)} ${host} ${result} ${name}${message === undefined ? '' : `: ${message}`}\n`;
}
