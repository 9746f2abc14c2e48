import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { findCondition } from '../../../kube/conditions.ts';
import { isFinished } from '../phases.ts';

/**
 * How a task on a group stands that has not ended. `paused`: nothing begins for the time being, as somebody wants it.
 * `confirmation`: a person is asked whether the next batch may begin. `stalled`: somebody has to do something else.
 */
export type RunStanding = 'pending' | 'under_way' | 'paused' | 'confirmation' | 'stalled';

/** What there is to tell of all tasks on groups; nothing is told by a name. */
export interface RunFigures {
  readonly standings: ReadonlyMap<RunStanding, number>;
  /** Seconds for which a confirmation has been waited for; of several the longest. */
  readonly asked: number;
  /** Seconds since a batch of a task that is under way began or ended; of several the longest. */
  readonly still: number;
}

/** @returns what is told of these tasks at this time */
export function runFiguresOf(tasks: Iterable<AgentTask>, now: Date): RunFigures {
  const standings = new Map<RunStanding, number>();
  let [asked, still] = [0, 0];
  for (const task of tasks) {
    if (task.spec.groupRef === undefined || isFinished(task)) continue;
    const standing = standingOf(task);
    standings.set(standing, (standings.get(standing) ?? 0) + 1);
    const seconds = Math.max(0, (now.getTime() - Date.parse(lastOf(task))) / 1000);
    if (standing === 'confirmation') asked = Math.max(asked, seconds);
    if (standing === 'under_way') still = Math.max(still, seconds);
  }
  return { standings, asked, still };
}

function standingOf({ spec, status }: AgentTask): RunStanding {
  if (status?.waiting !== undefined) return 'confirmation';
  // Between batches it may rest for as long as a week, as it was told to.
  if (spec.paused === true || findCondition(status?.conditions, 'Ready')?.reason === 'Baking') return 'paused';
  if (findCondition(status?.conditions, 'Stalled')?.status === 'True') return 'stalled';
  return status?.phase === 'Running' ? 'under_way' : 'pending';
}

/** When something last happened to its batches. */
function lastOf({ metadata, status }: AgentTask): string {
  const times = [
    status?.waiting?.since,
    metadata.creationTimestamp,
    status?.startTime,
    ...(status?.batches ?? []).flatMap(({ startTime, completionTime }) => [startTime, completionTime]),
  ].filter((time) => time !== undefined);
  return times.toSorted().at(-1) ?? '';
}
