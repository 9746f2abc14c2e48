import type { AgentTask } from '../../crds/types/agenttask.ts';
import { idOf } from '../../crds/labels.ts';
import type { Caller } from '../auth/caller.ts';
import { ObjectLookup, type Found } from '../objects/lookup.ts';
import type { RecentWrites } from '../objects/recent.ts';
import { TaskNotFoundError, type TaskQuery } from './errors.ts';
import { objectNameOf } from './names.ts';
import { taskObjects, type DispatchTasksOptions } from './tasks.ts';

/** Finds tasks by the id or the name that this API knows them by. */
export class TaskLookup {
  readonly #objects: ObjectLookup<AgentTask>;
  readonly #namespace: string;

  constructor(options: DispatchTasksOptions) {
    this.#objects = new ObjectLookup(taskObjects(options));
    this.#namespace = options.namespace;
  }

  get recent(): RecentWrites<AgentTask> {
    return this.#objects.recent;
  }

  /** @throws TaskNotFoundError, and what ObjectLookup throws */
  async find(caller: Caller, query: TaskQuery): Promise<Found<AgentTask>> {
    const { id, name = '' } = query;
    const namespace = this.#namespace;
    const found =
      id === undefined
        ? await this.#objects.byName(caller, { namespace, name: objectNameOf(name) })
        : await this.#objects.byId(caller, namespace, id);
    if (found === undefined || idOf(found.object) === undefined) throw new TaskNotFoundError(query);
    return found;
  }
}
