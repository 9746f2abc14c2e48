import type { ClusterStageStatus } from '../../crds/types/clusterstage.ts';
import { Reports } from '../shared/reports.ts';
import type { Intent } from './intents.ts';

/** A stage does not come to an end: it is reached, and holds. */
export const reports = new Reports<ClusterStageStatus, Intent>({
  runsToAnEnd: false,
  waiting: {},
  underWay: {},
  action: 'Stage',
});
