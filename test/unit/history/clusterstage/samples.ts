import { historyFinalizer, requestedByAnnotation, requestIdAnnotation } from '../../../../crds/labels.ts';
import type {
  ClusterStage,
  ClusterStageProgressNode,
  ClusterStageSpec,
  ClusterStageStatus,
} from '../../../../crds/types/clusterstage.ts';
import type { ObjectMeta } from '../../../../kube/objects.ts';

/** The UID of the stage that `aStage` makes. */
export const stageUid = '22222222-0000-4000-8000-000000000001';

/** A generation of the ClusterStage node-a, made by REST; its status speaks of this generation. */
export function aStage(
  generation: number,
  spec: ClusterStageSpec,
  status?: ClusterStageStatus,
  metadata: Partial<ObjectMeta> = {},
): ClusterStage {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'ClusterStage',
    metadata: {
      name: 'node-a',
      uid: stageUid,
      generation,
      creationTimestamp: '2026-11-21T12:00:00Z',
      annotations: { [requestedByAnnotation]: 'fleetwright:ann', [requestIdAnnotation]: 'request-1' },
      finalizers: [historyFinalizer],
      ...metadata,
    },
    spec,
    ...(status === undefined ? {} : { status: { observedGeneration: generation, ...status } }),
  };
}

/** The part of the status that says how it stands. @param run the generation that began what is under way */
export function standing(
  reason: string,
  nodes: readonly ClusterStageProgressNode[],
  run: number,
  completionTime?: string,
): ClusterStageStatus {
  const ready = completionTime === undefined ? 'False' : 'True';
  return {
    stage: 'support',
    run: {
      id: run,
      digest: 'digest',
      stage: 'support',
      startTime: '2026-11-21T12:00:01Z',
      ...(completionTime === undefined ? {} : { completionTime }),
    },
    progress: { totalRate: 66, nodes },
    conditions: [{ type: 'Ready', status: ready, reason, message: 'why', lastTransitionTime: '2026-11-21T12:00:01Z' }],
  };
}

/** A node with every field that the definition has. */
export const wholeNode: Required<ClusterStageProgressNode> = {
  name: 'node-a',
  rate: 40,
  current: 'upgrade',
  completed: ['claim', 'cordon', 'drain'],
  since: '2026-11-21T12:00:05Z',
  settledSince: '2026-11-21T12:00:06Z',
  pods: 7,
  task: { name: 'node-a-1-0123456789', result: 'Failed' },
  blockedBy: 'AgentTask ops/node-a-1-0123456789 ended as Failed',
  failed: true,
  gone: true,
};
