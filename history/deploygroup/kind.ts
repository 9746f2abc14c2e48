import { deployGroups, type DeployGroup } from '../../crds/types/deploygroup.ts';
import { findCondition } from '../../kube/conditions.ts';
import type { Condition } from '../../kube/objects.ts';
import type { HistoryKind } from '../kind.ts';

/** A DeployGroup: never ends. Each generation of it is what somebody wrote. The runs on it are records of their own. */
export const deployGroupHistory: HistoryKind<DeployGroup> = {
  type: deployGroups,
  recordPer: 'generation',
  // Resolved or not: the controller has said what it makes of it.
  isOver: (group) => readyOf(group) !== undefined,
  startedAt: () => undefined,
  endedAt: () => undefined,
  phaseOf: (group) => readyOf(group)?.reason,
  slim({ status, ...group }) {
    const { observedGeneration, conditions = [] } = status ?? {};
    // A run has its batches itself, as they were when it began.
    return observedGeneration === group.metadata.generation && observedGeneration !== undefined
      ? { ...group, status: { observedGeneration, conditions } }
      : group;
  },
  shrink: ({ apiVersion, kind, metadata, spec: { type } }) => ({ apiVersion, kind, metadata, spec: { type } }),
  fields: () => ({}),
};

/** What the controller says of this generation; nothing before it has looked at it. */
function readyOf({ metadata, status }: DeployGroup): Condition | undefined {
  return status?.observedGeneration === metadata.generation ? findCondition(status?.conditions, 'Ready') : undefined;
}
