import { clusterStages, type ClusterStage } from '../../crds/types/clusterstage.ts';
import type { ReadStore } from '../../kube/store.ts';
import { leavesOrphans } from '../shared/children/naming.ts';
import type { KnownKind } from '../shared/known-kinds.ts';
import { runsTasks } from './stage-steps.ts';

/** What other kinds have to know of ClusterStages. @param store indexed as stageIndexers say */
export function clusterStageKind(store: ReadStore<ClusterStage>, wake: (key: string) => void): KnownKind<ClusterStage> {
  return {
    type: clusterStages,
    store,
    // Most of the time it wants nothing; what it claims nevertheless was under way when it came to an end.
    hasEnded: ({ metadata, spec, status }) =>
      spec.stage === 'running' &&
      status?.observedGeneration === metadata.generation &&
      status?.run?.stage === 'running' &&
      status.run.completionTime !== undefined,
    isOver: (stage) =>
      !runsTasks(stage.spec.stage) || (stage.metadata.deletionTimestamp !== undefined && !leavesOrphans(stage)),
    waitingFor: (name) => store.byIndex('waiting', name),
    // Not since it was made: most of the time it wants nothing.
    waitsSince: ({ metadata, status }) => status?.run?.startTime ?? metadata.creationTimestamp ?? '',
    letsIn: ({ spec, status }) => runsTasks(spec.stage) && status?.run?.stage === spec.stage,
    // Nothing makes ClusterStages.
    madeBy: () => [],
    wake,
  };
}
