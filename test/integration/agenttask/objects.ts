import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { findCondition } from '../../../kube/conditions.ts';

/** The spec of a task or job as somebody writes it, which may be wrong. */
export interface Spec {
  readonly [field: string]: unknown;
}

export function task(name: string, spec: Spec): object {
  return { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentTask', metadata: { name }, spec };
}

export function job(name: string, spec: Spec): object {
  return { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentJob', metadata: { name }, spec };
}

/** The condition Ready of a task, in short. */
export function readiness({ status }: AgentTask): string {
  const ready = findCondition(status?.conditions, 'Ready');
  return `${ready?.status} ${ready?.reason}: ${ready?.message}`;
}

/** `name result` of every host of a task. */
export function hostResults({ status }: AgentTask): readonly string[] {
  return (status?.hosts ?? []).map(({ name, result }) => `${name} ${result}`);
}
