import type { AgentTask, AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { rfc3339 } from '../../../kube/conditions.ts';

/** What the status keeps of the time that counts for spec.rollout.deadlineSeconds. */
type Counted = Pick<AgentTaskStatus, 'activeSeconds' | 'activeSince'>;

/** Milliseconds until the deadline of a task is over, 0 or less when it is; undefined where it has none. */
export function untilDeadline({ spec, status }: AgentTask, now: Date): number | undefined {
  const seconds = spec.rollout?.deadlineSeconds;
  return seconds === undefined ? undefined : seconds * 1000 - elapsed(status, now);
}

/**
 * The stopwatch, as the status has it from now on.
 * @param counts whether the task works: it is neither paused, nor does it wait for somebody or for the time to come
 */
export function stopwatch({ spec, status }: AgentTask, counts: boolean, now: Date): Counted {
  if (spec.rollout?.deadlineSeconds === undefined) return {};
  const { activeSeconds = 0, activeSince } = status ?? {};
  if (counts) return { activeSeconds, activeSince: activeSince ?? rfc3339(now) };
  return { activeSeconds: Math.floor(elapsed(status, now) / 1000) };
}

/** Milliseconds. */
function elapsed({ activeSeconds = 0, activeSince }: Counted = {}, now: Date): number {
  const running = activeSince === undefined ? 0 : Math.max(0, now.getTime() - Date.parse(activeSince));
  return activeSeconds * 1000 + running;
}
