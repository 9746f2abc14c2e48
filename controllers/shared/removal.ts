import type { Logger } from 'pino';

import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { pause } from '../../kube/backoff.ts';
import { listAll, type Client } from '../../kube/client.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { keyOf } from '../../kube/objects.ts';

/** Milliseconds between two looks at what is left. */
const lookEvery = 2000;
const named = 5;

/** Tasks are still there at the end of the time that they were given. */
export class TasksRemainError extends Error {
  readonly code = 'TASKS_REMAIN';

  constructor(tasks: readonly AgentTask[]) {
    const some = tasks
      .slice(0, named)
      .map((task) => `${keyOf(task)} (held by ${task.metadata.finalizers?.join(', ') ?? 'nothing'})`);
    const more = tasks.length > named ? ` and ${tasks.length - named} more` : '';
    super(
      `${tasks.length} AgentTasks did not go in time: ${some.join(', ')}${more}. The controllers take away fleetwright.io/agenttask and fleetwright.io/composite, the recorder fleetwright.io/history: see that they run, and try again`,
    );
    this.name = 'TasksRemainError';
  }
}

/**
 * Deletes every AgentTask of the cluster, those that are made meanwhile too, and resolves when none is left.
 * @param client may list and delete AgentTasks in all namespaces
 * @param signal ends the waiting
 * @returns how many were deleted. @throws TasksRemainError, and what the client throws
 */
export async function deleteAllTasks(client: Client, log: Logger, signal: AbortSignal): Promise<number> {
  const deleted = new Set<string>();
  for (;;) {
    const left = await remaining(client);
    if (left === undefined || left.length === 0) return deleted.size;
    if (signal.aborted) throw new TasksRemainError(left);
    for (const task of left) {
      if (task.metadata.deletionTimestamp !== undefined) continue;
      await remove(client, task);
      deleted.add(task.metadata.uid ?? keyOf(task));
    }
    log.info({ left: left.length }, 'waiting for tasks to end');
    await pause(lookEvery, signal);
  }
}

/** @returns undefined where the kind itself is gone. */
async function remaining(client: Client): Promise<readonly AgentTask[] | undefined> {
  const tasks: AgentTask[] = [];
  try {
    await listAll(client, agentTasks, { limit: 500 }, (items, restarted) => {
      if (restarted) tasks.length = 0;
      for (const task of items) tasks.push({ ...task, spec: {} });
    });
    return tasks;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function remove(client: Client, { metadata }: AgentTask): Promise<void> {
  try {
    await client.delete(agentTasks, metadata, metadata.uid === undefined ? {} : { uid: metadata.uid });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}
