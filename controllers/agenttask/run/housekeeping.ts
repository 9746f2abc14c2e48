import type { Logger } from 'pino';

import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { pause } from '../../../kube/backoff.ts';
import { listAll, type Client } from '../../../kube/client.ts';
import { keyOf } from '../../../kube/objects.ts';
import type { ReadStore } from '../../../kube/store.ts';
import type { RunPlace } from './places.ts';

export interface Sweeper {
  readonly executor: RunPlace['all'];
  readonly tasks: ReadStore<AgentTask>;
  readonly client: Client;
  readonly log: Logger;
}

const sweepEvery = 600_000;

/**
 * Wakes the task of a run that ended, at once; and removes, now and then, runs that no task speaks of: prepared by a
 * pass that died before it could record the run, or left by a task whose finalizer somebody took away.
 */
export async function sweepRuns(sweeper: Sweeper, enqueue: (key: string) => void, signal: AbortSignal): Promise<void> {
  const { executor, tasks, log } = sweeper;
  const watcher = executor.watch((id) => {
    const task = ownerOf(id, tasks);
    if (task !== undefined) enqueue(keyOf(task));
  });
  while (!signal.aborted) {
    try {
      await sweep(sweeper);
    } catch (error) {
      log.warn({ err: error }, 'runs could not be swept');
    }
    await pause(sweepEvery, signal);
  }
  watcher.close();
}

/**
 * @returns the ids that were removed. Only what was there before the tasks were listed is judged: a newer folder's task
 * may be newer than the list.
 */
export async function sweep({
  executor,
  client,
  log,
}: Pick<Sweeper, 'executor' | 'client' | 'log'>): Promise<readonly string[]> {
  const ids = await executor.list();
  if (ids.length === 0) return [];
  const spokenFor = new Set<string>();
  const alive = new Set<string>();
  await listAll(client, agentTasks, { limit: 500 }, (items) => {
    for (const { metadata, status } of items) {
      if (status?.run !== undefined) spokenFor.add(status.run.id);
      // Not started yet: a folder of this very generation may be about to be recorded.
      else alive.add(`${metadata.uid}-${metadata.generation}`);
    }
  });
  const orphans = ids.filter((id) => !spokenFor.has(id) && !alive.has(id.replace(/-[0-9]+$/, '')));
  for (const id of orphans) {
    log.info({ run: id }, 'removing a run that no task speaks of');
    await executor.requestStop(id, 'kill');
    await executor.remove(id);
  }
  return orphans;
}

function ownerOf(id: string, tasks: ReadStore<AgentTask>): AgentTask | undefined {
  return tasks.byIndex('run', id)[0];
}
