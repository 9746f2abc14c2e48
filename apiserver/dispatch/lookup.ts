import { idLabel, idOf } from '../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { Client } from '../../kube/client.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { joinKey, type ObjectKey } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import { TaskNotFoundError, type TaskQuery } from './errors.ts';
import { objectNameOf, tasksById, withoutContent } from './identity.ts';
import { RecentWrites } from './recent.ts';
import { Rights } from './rights.ts';
import type { DispatchTasksOptions } from './tasks.ts';

/** A task, and whether it is still an object in the API server or only known to the history. */
export interface FoundTask {
  readonly task: AgentTask;
  readonly live: boolean;
}

/** Finds tasks, wherever they are known. */
export class TaskLookup {
  readonly #options: DispatchTasksOptions;
  readonly #rights: Rights;
  /** What was written to tasks that the cache may show as they were before. */
  readonly recent = new RecentWrites();

  constructor(options: DispatchTasksOptions) {
    this.#options = options;
    this.#rights = new Rights(options.authorizer, options.namespace);
  }

  /** Looks in the cache, in the API server and in the history. @throws TaskNotFoundError, AuthError, and what Client.get and Client.list throw */
  async find(caller: Caller, query: TaskQuery): Promise<FoundTask> {
    await this.#rights.demand(caller, 'get');
    const { id, name = '' } = query;
    const found = id === undefined ? await this.#byName(caller, objectNameOf(name)) : await this.#byId(caller, id);
    if (found === undefined || idOf(found.task) === undefined) throw new TaskNotFoundError(query);
    return found;
  }

  async #byName(caller: Caller, name: string): Promise<FoundTask | undefined> {
    const { clientOf, cache, history, namespace } = this.#options;
    const key = { namespace, name };
    const cached = cache.get(joinKey(key));
    if (cached !== undefined) return { task: this.recent.latest(cached), live: true };
    return live(await getTask(clientOf(caller), key)) ?? recorded(await history?.byName(namespace, name));
  }

  async #byId(caller: Caller, id: number): Promise<FoundTask | undefined> {
    const { clientOf, cache, history, namespace } = this.#options;
    // Nobody was ever given such an id, and a label with it would not be a label.
    if (!Number.isSafeInteger(id) || id < 1) return undefined;
    const cached = eldest(tasksById(cache, id));
    if (cached !== undefined) return { task: this.recent.latest(cached), live: true };
    const { items } = await clientOf(caller).list(agentTasks, { namespace, labelSelector: `${idLabel}=${id}` });
    return live(eldest(items)) ?? recorded(await history?.byId(namespace, id));
  }
}

function live(task: AgentTask | undefined): FoundTask | undefined {
  return task === undefined ? undefined : { task: withoutContent(task), live: true };
}

function recorded(found: { readonly task: AgentTask } | undefined): FoundTask | undefined {
  return found === undefined ? undefined : { task: found.task, live: false };
}

/** @returns undefined when it is not there. */
export async function getTask(client: Client, key: ObjectKey): Promise<AgentTask | undefined> {
  try {
    return await client.get(agentTasks, key);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Somebody may have written a label by hand; the task that was given the id is older than the copy. */
function eldest(tasks: readonly AgentTask[]): AgentTask | undefined {
  return tasks.length < 2 ? tasks[0] : tasks.toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1))[0];
}

function createdAt(task: AgentTask): string {
  return task.metadata.creationTimestamp ?? '';
}
