import type { RunState } from '../../../../controllers/agenttask/executors/executor.ts';
import { finalizer } from '../../../../controllers/agenttask/finalizers.ts';
import type { Plan } from '../../../../controllers/agenttask/intents.ts';
import type { Observed } from '../../../../controllers/agenttask/observe.ts';
import type { HostClaim } from '../../../../controllers/shared/hostclaims.ts';
import type { Waiter } from '../../../../controllers/shared/turns.ts';
import { findCondition } from '../../../../kube/conditions.ts';

export const limits = { maxOutputBytes: 1000 };
export const startedAt = new Date('2026-01-01T11:59:00Z');
export const running = { state: 'running', startedAt } satisfies RunState;
export const over = { phase: 'Succeeded', completionTime: '2026-01-01T11:59:30Z', observedGeneration: 3 } as const;
export const deleted = { deletionTimestamp: '2026-01-01T11:59:59Z', finalizers: [finalizer] };

export const claimed: HostClaim = {
  host: 'web-1',
  machine: 'web-1',
  holder: { kind: 'AgentTask', namespace: 'prod', name: 'rollout', uid: 'u9' },
  lease: 'host-web-1',
};
export const elder: Waiter = { kind: 'AgentTask', key: 'prod/old', uid: 'u0', since: '2026-01-01T10:00:00Z' };

/** A plan as a reader sees it: what is done, then what the task says. */
export function told(next: Plan): {
  readonly does: readonly string[];
  readonly says: string | undefined;
  readonly again: number | undefined;
} {
  const ready = findCondition(next.status?.conditions, 'Ready');
  return {
    does: next.intents.map((intent) => intent.do),
    says: next.status === undefined ? undefined : `${next.status.phase} ${ready?.reason}: ${ready?.message}`,
    again: next.requeueAfter === undefined ? undefined : next.requeueAfter / 1000,
  };
}

/** A world in a sentence, and its plan as told. */
export type Case = readonly [
  sentence: string,
  observed: Observed,
  does: readonly string[],
  says: string | undefined,
  again: number | undefined,
];
