import type { ClusterStage } from '../../../crds/types/clusterstage.ts';
import type { Obstacle } from './obstacle.ts';

/**
 * @param open how many nodes are not where they were to come, in words
 * @returns that the stage takes longer than it may; said of one that has not ended
 */
export function deadlineObstacle({ spec, status }: ClusterStage, open: string, now: Date): Obstacle | undefined {
  const { deadlineSeconds } = spec;
  const { startTime, completionTime } = status?.run ?? {};
  if (deadlineSeconds === undefined || startTime === undefined || completionTime !== undefined) return undefined;
  const left = Date.parse(startTime) + deadlineSeconds * 1000 - now.getTime();
  if (left > 0) return undefined;
  const message =
    `${open} are not where they were to come after ${deadlineSeconds} s (deadlineSeconds): no further node begins, ` +
    'and nothing is forced. Raise deadlineSeconds, or set the stage to running';
  return { reason: 'DeadlineExceeded', message, stuck: true };
}
