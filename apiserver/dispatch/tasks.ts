import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { Client } from '../../kube/client.ts';
import { AlreadyExistsError, ApiError, NotFoundError, ServerError, TransportError } from '../../kube/errors.ts';
import { joinKey, type ObjectKey } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import { DuplicateNameError, TaskNotFoundError } from './errors.ts';
import { idLabel, idOf, objectNameOf, tasksById } from './identity.ts';

export interface DispatchTasksOptions {
  readonly client: Client;
  /** The tasks of the namespace, kept as cacheOptions say. It may lag. */
  readonly cache: ReadStore<AgentTask>;
  readonly ids: { next(): Promise<number> };
  readonly namespace: string;
}

/** Which task is asked for. Where both are given the id counts. */
export interface TaskQuery {
  readonly id?: number | undefined;
  readonly name?: string | undefined;
}

/** The tasks of this API, as objects in the API server. */
export class DispatchTasks {
  readonly #options: DispatchTasksOptions;

  constructor(options: DispatchTasksOptions) {
    this.#options = options;
  }

  /**
   * Makes the task, with an id of its own.
   * @param draft its metadata.name is objectNameOf the caller's name
   * @returns the id
   * @throws DuplicateNameError, and what Client.create throws
   */
  async create(draft: AgentTask): Promise<number> {
    const { client, cache, ids } = this.#options;
    // Only spares an id: whether the name is free is decided by the create.
    if (cache.get(joinKey(draft.metadata)) !== undefined) throw new DuplicateNameError();
    const id = await ids.next();
    const { labels } = draft.metadata;
    try {
      await client.create(agentTasks, { ...draft, metadata: { ...draft.metadata, labels: { ...labels, [idLabel]: String(id) } } });
    } catch (error) {
      if (error instanceof AlreadyExistsError) throw new DuplicateNameError({ cause: error });
      if (!(await this.#wasCreated(error, draft.metadata, id))) throw error;
    }
    return id;
  }

  /** @throws TaskNotFoundError, and what Client.get and Client.list throw */
  async find({ id, name }: TaskQuery): Promise<AgentTask> {
    const task = id === undefined ? await this.#byName(name ?? '') : await this.#byId(id);
    if (task === undefined || idOf(task) === undefined) throw new TaskNotFoundError();
    return task;
  }

  async #byName(name: string): Promise<AgentTask | undefined> {
    const { cache, namespace } = this.#options;
    const key = { namespace, name: objectNameOf(name) };
    return cache.get(joinKey(key)) ?? this.#get(key);
  }

  async #byId(id: number): Promise<AgentTask | undefined> {
    const { client, cache, namespace } = this.#options;
    const cached = tasksById(cache, id);
    if (cached.length > 0) return eldest(cached);
    const { items } = await client.list(agentTasks, { namespace, labelSelector: `${idLabel}=${id}` });
    return eldest(items);
  }

  async #get(key: ObjectKey): Promise<AgentTask | undefined> {
    try {
      return await this.#options.client.get(agentTasks, key);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /** An answer that was lost on the way says nothing about what was done; the object does, since only this call knows the id. */
  async #wasCreated(error: unknown, key: ObjectKey, id: number): Promise<boolean> {
    if (!(error instanceof TransportError || error instanceof ServerError)) return false;
    try {
      const task = await this.#get(key);
      return task !== undefined && idOf(task) === id;
    } catch (second) {
      // The caller is told of the first failure, which the same trouble caused.
      if (second instanceof TransportError || second instanceof ApiError) return false;
      throw second;
    }
  }
}

/** Somebody may have written a label by hand; the task that was given the id is older than the copy. */
function eldest(tasks: readonly AgentTask[]): AgentTask | undefined {
  return tasks.toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1))[0];
}

function createdAt(task: AgentTask): string {
  return task.metadata.creationTimestamp ?? '';
}
