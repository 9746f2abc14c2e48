import type { AgentTask } from '../../crds/types/agenttask.ts';
import { findCondition } from '../../kube/conditions.ts';

/** What a task's status has to say of how it went or why it waits; undefined when it says nothing. */
export function saidOf({ status }: AgentTask): string | undefined {
  const stalled = findCondition(status?.conditions, 'Stalled');
  const ready = findCondition(status?.conditions, 'Ready');
  return [status?.message, stalled?.message, ready?.message].find((text) => text !== undefined && text !== '');
}

/** @returns the hosts that the task was given, as they were written. */
export function hostsOf({ spec, status }: AgentTask): readonly string[] {
  return spec.hosts ?? (status?.hosts ?? []).map(({ name }) => name);
}
