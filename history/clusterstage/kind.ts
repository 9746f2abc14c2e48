import { clusterStages, type ClusterStage } from '../../crds/types/clusterstage.ts';
import { findCondition } from '../../kube/conditions.ts';
import type { Condition } from '../../kube/objects.ts';
import type { HistoryKind } from '../kind.ts';
import { nodeParts, stepsOfNodes } from './nodes.ts';

/** A ClusterStage: never ends. Each generation of it is a stage that somebody asked for, or another way to it. */
export const clusterStageHistory: HistoryKind<ClusterStage> = {
  type: clusterStages,
  recordPer: 'generation',
  isOver: (stage) => readyOf(stage)?.status === 'True',
  startedAt: ({ metadata, status }) => (status?.run?.id === metadata.generation ? status?.run?.startTime : undefined),
  // A generation that only changed the way has no times of its own in the status.
  endedAt: ({ metadata, status }) =>
    status?.run?.id === metadata.generation ? status?.run?.completionTime : undefined,
  phaseOf: (stage) => readyOf(stage)?.reason,
  progressOf: stepsOfNodes,
  slim(stage) {
    const { status, ...rest } = withoutContent(stage);
    // What the status says of a former generation is recorded with that.
    return status?.observedGeneration === stage.metadata.generation && status !== undefined
      ? { ...rest, status }
      : rest;
  },
  shrink({ spec, status, ...stage }) {
    const { scope, stage: asked } = spec;
    const { stage: reached, run } = status ?? {};
    return {
      ...stage,
      spec: { ...(scope === undefined ? {} : { scope }), stage: asked },
      status: { ...(reached === undefined ? {} : { stage: reached }), ...(run === undefined ? {} : { run }) },
    };
  },
  fields: ({ spec }) => ({ scope: spec.scope ?? 'Node', stage: spec.stage }),
  parts: nodeParts,
};

/** What the controller says of this generation; nothing before it has looked at it. */
function readyOf({ metadata, status }: ClusterStage): Condition | undefined {
  return status?.observedGeneration === metadata.generation ? findCondition(status?.conditions, 'Ready') : undefined;
}

/** The content that upgrades a node, and its variables, are as little to be known as those of an AgentTask. */
function withoutContent(stage: ClusterStage): ClusterStage {
  const { upgrade } = stage.spec;
  if (upgrade === undefined) return stage;
  const { content: _, variables: __, ...spec } = upgrade.taskTemplate.spec;
  const taskTemplate = { ...upgrade.taskTemplate, spec };
  return { ...stage, spec: { ...stage.spec, upgrade: { ...upgrade, taskTemplate } } };
}
