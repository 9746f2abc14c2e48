import { historyFinalizer, idLabel, idOf } from '../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { Client } from '../../kube/client.ts';
import { AlreadyExistsError, ApiError, ServerError, TransportError } from '../../kube/errors.ts';
import { joinKey, type ObjectKey } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Caller } from '../auth/caller.ts';
import { DuplicateNameError } from './errors.ts';
import { getTask } from './lookup.ts';
import { inOwnName, Rights } from './rights.ts';

export interface DispatchTasksOptions {
  /** Acts in the name of a caller, so that his rights decide. */
  readonly clientOf: (caller: Caller) => Client;
  readonly authorizer: Authorizer;
  /** The tasks of the namespace, kept as cacheOptions say. It may lag. */
  readonly cache: ReadStore<AgentTask>;
  readonly ids: { next(): Promise<number> };
  readonly namespace: string;
  /** Tasks that may be gone; absent where none is kept. */
  readonly history?: HistoryReader | undefined;
}

/** Makes the tasks of this API, as objects in the API server. */
export class DispatchTasks {
  readonly #options: DispatchTasksOptions;
  readonly #rights: Rights;

  constructor(options: DispatchTasksOptions) {
    this.#options = options;
    this.#rights = new Rights(options.authorizer, options.namespace);
  }

  /**
   * Makes the task, with an id of its own.
   * @param draft its metadata.name is objectNameOf the caller's name
   * @returns the id
   * @throws DuplicateNameError, AuthError, and what Client.create throws
   */
  async create(caller: Caller, draft: AgentTask): Promise<number> {
    const { clientOf, ids, history } = this.#options;
    // Before anything is said about the name, which tells that a task is there.
    await this.#rights.demand(caller, 'create');
    if (await this.#isTaken(draft.metadata)) throw new DuplicateNameError();
    const id = await inOwnName(ids.next());
    const metadata = {
      ...draft.metadata,
      labels: { ...draft.metadata.labels, [idLabel]: String(id) },
      // From its first moment on, so that no task is deleted before its name is known for ever.
      ...(history === undefined ? {} : { finalizers: [historyFinalizer] }),
    };
    const client = clientOf(caller);
    try {
      await client.create(agentTasks, { ...draft, metadata });
    } catch (error) {
      if (error instanceof AlreadyExistsError) throw new DuplicateNameError({ cause: error });
      if (!(await wasCreated(client, error, metadata, id))) throw error;
    }
    return id;
  }

  /** Only spares an id where the object is there: whether the name is free is then decided by the create. A name in the history is decided here. */
  async #isTaken(key: ObjectKey): Promise<boolean> {
    const { cache, history, namespace } = this.#options;
    return cache.get(joinKey(key)) !== undefined || (await history?.byName(namespace, key.name)) !== undefined;
  }
}

/** An answer that was lost on the way says nothing about what was done; the object does, since only this call knows the id. */
async function wasCreated(client: Client, error: unknown, key: ObjectKey, id: number): Promise<boolean> {
  if (!(error instanceof TransportError || error instanceof ServerError)) return false;
  try {
    const task = await getTask(client, key);
    return task !== undefined && idOf(task) === id;
  } catch (second) {
    // The caller is told of the first failure, which the same trouble caused.
    if (second instanceof TransportError || second instanceof ApiError) return false;
    throw second;
  }
}
