import { hash } from 'node:crypto';

import { agentTasks, type AgentTask } from '../../crds/types/agenttask.ts';
import { clusterStages, type ClusterStage, type ClusterStageUpgrade } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import { childMetadata, nameOfChild } from '../shared/children/naming.ts';

/** Seconds after which a task that has ended goes: its result stays in the status of the ClusterStage. */
const keptFor = 604_800;

/** What the task for one node is made of. */
export interface WantedTask {
  readonly name: string;
  /** By what it reaches the node. */
  readonly host: string;
}

/** @param run what it is made for: the same name for the same run and node, always, so that none is made twice */
export function taskName(stage: ClusterStage, run: number, node: string): string {
  return nameOfChild(stage, `${run}-${hash('sha256', node).slice(0, 10)}`);
}

/** @returns by what a task reaches the node; undefined when it has no address of the type that is wanted */
export function hostOf({ metadata, status }: Node, { address = 'Name' }: ClusterStageUpgrade): string | undefined {
  if (address === 'Name') return metadata.name;
  return status?.addresses?.find(({ type }) => type === address)?.address;
}

/** The task that upgrades one node, as it is created. */
export function taskOf(stage: ClusterStage, { name, host }: WantedTask): AgentTask {
  const { namespace = '', spec = {} } = stage.spec.upgrade?.taskTemplate ?? {};
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: agentTasks.kind as AgentTask['kind'],
    metadata: childMetadata(stage, clusterStages, { name, namespace }),
    spec: { ...spec, hosts: [host], ttlSecondsAfterFinished: keptFor },
  };
}
