import type { AgentTask } from '../../crds/types/agenttask.ts';
import { agentTasks } from '../../crds/types/agenttask.ts';
import { deployGroups, type DeployGroup } from '../../crds/types/deploygroup.ts';
import { idOf } from '../../crds/labels.ts';
import { agentTaskHistory } from '../../history/agenttask/kind.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { Client } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Caller } from '../auth/caller.ts';
import { AuthError } from '../auth/errors.ts';
import { cacheOptions } from '../objects/cache.ts';
import { ObjectCreator, type Ids } from '../objects/create.ts';
import { pastOf } from '../objects/history.ts';
import { ObjectLookup } from '../objects/lookup.ts';
import type { ObjectsOptions } from '../objects/options.ts';
import { Rights } from '../objects/rights.ts';
import { JobxError } from './errors.ts';
import { formats, required, type Params } from './params.ts';
import { batchOf, uuidOf } from './uuids.ts';

/** Content, the bulk of a task, is in no answer. */
function withoutContent(task: AgentTask): AgentTask {
  const { content: _content, ...spec } = task.spec;
  return { ...task, spec };
}

const byUuid = 'uuid';

/** How the cache of a project's tasks is made. */
export const taskCacheOptions = cacheOptions<AgentTask>({
  indexers: {
    [byUuid]: (task) => (task.spec.groupRef === undefined ? [] : [uuidOf(task)]),
  },
  transform: withoutContent,
});

/** How the cache of its groups is made. */
export const groupCacheOptions = cacheOptions<DeployGroup>();

/** What is known of one project. */
export interface ProjectStores {
  readonly id: string;
  readonly namespace: string;
  readonly tasks: ReadStore<AgentTask>;
  readonly groups: ReadStore<DeployGroup>;
}

export interface ProjectOptions {
  readonly clientOf: (caller: Caller) => Client;
  readonly authorizer: Authorizer;
  readonly history: HistoryReader | undefined;
  readonly taskIds: Ids;
  readonly groupIds: Ids;
}

/** A batch that was found. */
interface FoundBatch {
  readonly task: AgentTask;
  readonly number: number;
  /** Whether the task is still there, or only known to the history. */
  readonly live: boolean;
}

/** A project: a namespace, and what calls do to the groups and the tasks in it. */
export class Project {
  readonly id: string;
  readonly namespace: string;
  readonly history: HistoryReader | undefined;
  readonly tasks: ObjectsOptions<AgentTask>;
  readonly groups: ObjectsOptions<DeployGroup>;
  readonly taskLookup: ObjectLookup<AgentTask>;
  readonly groupLookup: ObjectLookup<DeployGroup>;
  readonly newTasks: ObjectCreator<AgentTask>;
  readonly newGroups: ObjectCreator<DeployGroup>;

  constructor({ id, namespace, tasks, groups }: ProjectStores, options: ProjectOptions) {
    const { clientOf, authorizer, history, taskIds, groupIds } = options;
    this.id = id;
    this.namespace = namespace;
    this.history = history;
    const past = history === undefined ? undefined : pastOf(history, agentTaskHistory);
    this.tasks = { type: agentTasks, clientOf, authorizer, cache: tasks, slim: withoutContent, past };
    this.groups = { type: deployGroups, clientOf, authorizer, cache: groups };
    this.taskLookup = new ObjectLookup(this.tasks);
    this.groupLookup = new ObjectLookup(this.groups);
    this.newTasks = new ObjectCreator(this.tasks, taskIds);
    this.newGroups = new ObjectCreator(this.groups, groupIds);
  }

  /** @returns all tasks on groups that are there, the eldest first. @throws AuthError */
  async runs(caller: Caller): Promise<readonly AgentTask[]> {
    const { authorizer, type, cache } = this.tasks;
    await new Rights(authorizer, type).demand(caller, { verb: 'list', namespace: this.namespace });
    return [...cache.list()]
      .filter(({ spec }) => spec.groupRef !== undefined)
      .map((task) => this.taskLookup.recent.latest(task))
      .toSorted(byAge);
  }

  /** @returns all groups, the youngest first. @throws AuthError */
  async allGroups(caller: Caller): Promise<readonly DeployGroup[]> {
    const { authorizer, type, cache } = this.groups;
    await new Rights(authorizer, type).demand(caller, { verb: 'list', namespace: this.namespace });
    const found = [...cache.list()].map((group) => this.groupLookup.recent.latest(group));
    return found.filter(isThere).toSorted(byAge).toReversed();
  }

  /** @returns the batch of this uuid, if there is, or was, such a task. @throws as ObjectLookup.byId */
  async batch(caller: Caller, uuid: string): Promise<FoundBatch | undefined> {
    const { authorizer, type } = this.tasks;
    await new Rights(authorizer, type).demand(caller, { verb: 'get', namespace: this.namespace });
    const meant = batchOf(uuid);
    if (meant === undefined) return undefined;
    const found = await this.taskLookup.byId(caller, this.namespace, meant.id);
    const batch = found?.object.status?.batches?.find(({ number }) => number === meant.number);
    return found === undefined || batch === undefined
      ? undefined
      : { task: found.object, live: found.live, number: meant.number };
  }

  /** @returns those of the cache that carry this uuid */
  withUuid(uuid: string): AgentTask | undefined {
    return this.tasks.cache.byIndex(byUuid, uuid)[0];
  }
}

/** A group that was deleted is held until its end is recorded; for callers it is gone. */
export function isThere({ metadata }: DeployGroup): boolean {
  return metadata.deletionTimestamp === undefined;
}

/** The projects that this facade serves. */
export class Projects {
  readonly #projects: ReadonlyMap<string, Project>;

  constructor(projects: readonly Project[]) {
    this.#projects = new Map(projects.map((project) => [project.id, project]));
  }

  /**
   * For calls that name no project: looks in one after the other. The caller sees those that he may.
   * @param find what is looked for in a project. @throws AuthError when he may see none of them, and what `find` throws
   */
  async search<T>(find: (project: Project) => Promise<T | undefined>): Promise<T | undefined> {
    let denied: AuthError | undefined;
    let seen = false;
    for (const project of this.#projects.values()) {
      try {
        const found = await find(project);
        seen = true;
        if (found !== undefined) return found;
      } catch (error) {
        if (!(error instanceof AuthError) || error.code !== 'DENIED') throw error;
        denied = error;
      }
    }
    if (!seen && denied !== undefined) throw denied;
    return undefined;
  }

  /** @throws JobxError */
  of(id: string): Project {
    const project = this.#projects.get(String(Number(id)));
    if (project === undefined)
      throw new JobxError(`unknown project ${id}`, {
        fix: 'ask the operator which there are',
        original: 'Unauthorized',
      });
    return project;
  }
}

/** The eldest first. */
export function byAge(one: KubeObject, other: KubeObject): number {
  const [a = '', b = ''] = [one.metadata.creationTimestamp, other.metadata.creationTimestamp];
  return a === b ? (idOf(one) ?? 0) - (idOf(other) ?? 0) : a < b ? -1 : 1;
}

/** @returns the project that a call names in its path. @throws FormatError, JobxError */
export function projectIn(params: Params, projects: Projects): Project {
  return projects.of(required(params, 'projectid', formats.number));
}

/** @returns the projects that a call names, with commas between them. @throws FormatError, JobxError */
export function projectsIn(params: Params, projects: Projects): readonly Project[] {
  const ids = required(params, 'projectid', formats.numbers).split(',');
  return [...new Set(ids.map((id) => projects.of(id)))];
}
