import type { AgentTask, AgentTaskChildren, AgentTaskHost, AgentTaskPhase } from '../../../crds/types/agenttask.ts';
import { hostResults } from '../../../crds/host-results.ts';
import type { Client } from '../../../kube/client.ts';
import { joinKey, keyOf } from '../../../kube/objects.ts';
import type { ReadStore } from '../../../kube/store.ts';
import type { ChildRefusal, ParentMemories } from '../../shared/children/memory.ts';
import { presenceOf, type Presence } from '../../shared/children/presence.ts';
import type { KnownKinds } from '../../shared/known-kinds.ts';
import { childFinalizer, parentOf } from '../../shared/parents.ts';
import { childName } from './children.ts';

/** A part of a task for which it makes another one. */
export interface Part {
  /** Of that task. */
  readonly name: string;
  /** Where that task is. */
  readonly is: Presence;
  /** That task; only where it is there. */
  readonly child?: AgentTask;
  /** As the status of the parent tells of it. */
  readonly recorded?: { readonly phase: AgentTaskPhase };
}

/** One host of a split task. */
export interface Member extends Part {
  readonly host: string;
  /** As status.children and the results of the parent have it. */
  readonly recorded?: AgentTaskChildren;
  readonly result?: AgentTaskHost;
}

/** The children of a composite. */
export interface Family<P extends Part = Member> {
  /** In the order of spec.hosts, or of the batches. */
  readonly members: readonly P[];
  /** Copies of children under other names, which nobody else would let go. */
  readonly strays: readonly AgentTask[];
  /** Names of children that the API server refused the last time. */
  readonly refused: ReadonlySet<string>;
  readonly refusal: ChildRefusal | undefined;
  readonly reportedAt: Date | undefined;
}

/** Of a task that makes none. */
export const noFamily: Family<never> = {
  members: [],
  strays: [],
  refused: new Set(),
  refusal: undefined,
  reportedAt: undefined,
};

/**
 * The parent as a child sees it, of whatever kind. `over`: stopped, ended or deleted, so that nothing more may begin.
 * `gone`: the child is deleted, and held for a parent that is no more.
 */
export type ParentView = 'none' | 'there' | 'over' | 'gone';

export interface FamilyWorld {
  readonly client: Client;
  readonly tasks: ReadStore<AgentTask>;
  readonly kinds: KnownKinds;
  readonly memories: ParentMemories;
}

/**
 * @returns undefined for a task that is not split. Parent and children come from one cache and so from one order of
 * events: a child that the parent's status names and that is not there has been there.
 */
export function observeFamily(task: AgentTask, world: FamilyWorld): Family | undefined {
  if (task.spec.splitBy !== 'Host') return undefined;
  const recorded = new Map(task.status?.children?.map((child) => [child.name, child]));
  const results = new Map(hostResults(task).map((host) => [host.name, host]));
  const members = (task.spec.hosts ?? []).map((host, index): Member => {
    const name = childName(task, index);
    const [before, result] = [recorded.get(name), results.get(host)];
    return {
      ...partOf(task, name, before !== undefined, world),
      host,
      ...(before === undefined ? {} : { recorded: before }),
      ...(result === undefined ? {} : { result }),
    };
  });
  return familyOf(task, members, world);
}

/** @param recorded the status of the parent says that the child was made */
export function partOf(
  task: AgentTask,
  name: string,
  recorded: boolean,
  { tasks, memories }: FamilyWorld,
): Pick<Part, 'name' | 'is' | 'child'> {
  const { uid = '', namespace } = task.metadata;
  const child = tasks.get(joinKey({ ...(namespace === undefined ? {} : { namespace }), name }));
  const is = presenceOf(child, task, name, memories.of(keyOf(task), uid), recorded);
  return { name, is, ...(is === 'there' && child !== undefined ? { child } : {}) };
}

/** @returns the parts with what else is known of what their parent made */
export function familyOf<P extends Part>(
  task: AgentTask,
  members: readonly P[],
  { tasks, memories }: FamilyWorld,
): Family<P> {
  const { uid = '' } = task.metadata;
  const names = new Set(members.map(({ name }) => name));
  const strays = tasks.byIndex('parent', uid).filter(({ metadata }) => !names.has(metadata.name));
  const { refused, refusal, reportedAt } = memories.of(keyOf(task), uid);
  return { members, strays, refused, refusal, reportedAt };
}

export async function observeParent(task: AgentTask, { kinds, client }: FamilyWorld): Promise<ParentView> {
  const held =
    task.metadata.deletionTimestamp !== undefined && task.metadata.finalizers?.includes(childFinalizer) === true;
  const parent = parentOf(task);
  if (parent === undefined) return held ? 'gone' : 'none';
  const standing = await kinds.standingOfParent(client, task, parent);
  return standing === 'gone' && !held ? 'over' : standing;
}
