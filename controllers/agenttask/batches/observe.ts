import type { AgentTask, AgentTaskBatch, AgentTaskHost } from '../../../crds/types/agenttask.ts';
import { hostResults } from '../../../crds/host-results.ts';
import type { DeployGroup } from '../../../crds/types/deploygroup.ts';
import { joinKey } from '../../../kube/objects.ts';
import type { ReadStore } from '../../../kube/store.ts';
import { childName } from '../composite/children.ts';
import { familyOf, partOf, type Family, type FamilyWorld, type Part } from '../composite/observe.ts';
import { wantedBatches, type Wanted } from './wanted.ts';

/** One batch of a task on a DeployGroup. */
export interface Batch extends Part {
  /** From 1. */
  readonly number: number;
  /** All of them, also where its task runs on some of them once more. */
  readonly hosts: readonly string[];
  /** As the status of the parent has it. */
  readonly recorded: AgentTaskBatch;
  /** Of its hosts, as the status of the parent tells of them. */
  readonly results: readonly AgentTaskHost[];
}

export interface BatchWorld extends FamilyWorld {
  readonly groups: ReadStore<DeployGroup>;
}

/** @returns the batches as its status has them; undefined for a task that is on no group */
export function observeBatches(task: AgentTask, world: BatchWorld): Family<Batch> | undefined {
  if (task.spec.groupRef === undefined) return undefined;
  const results = new Map(hostResults(task).map((host) => [host.name, host]));
  const members = (task.status?.batches ?? []).map((recorded, index): Batch => ({
    ...partOf(task, childName(task, index, recorded.attempt), recorded.task !== undefined, world),
    number: recorded.number,
    hosts: recorded.hosts,
    recorded,
    results: recorded.hosts.flatMap((host) => results.get(host) ?? []),
  }));
  return familyOf(task, members, world);
}

/** @returns the batches that a task would have if it began now; undefined for a task that is on no group */
export function observeWanted(task: AgentTask, { groups, tasks }: BatchWorld): Wanted | undefined {
  const { groupRef, rollbackOf } = task.spec;
  if (groupRef === undefined) return undefined;
  const keyOf = (name: string): string => joinKey({ ...task.metadata, name });
  return wantedBatches(task, {
    group: groups.get(keyOf(groupRef.name)),
    undone: rollbackOf === undefined ? undefined : tasks.get(keyOf(rollbackOf.name)),
  });
}

/** @returns the batches that the group of a task has at present; undefined for a task whose hosts are not a group's */
export function observeGroup(task: AgentTask, world: BatchWorld): Wanted | undefined {
  return task.spec.rollbackOf === undefined ? observeWanted(task, world) : undefined;
}
