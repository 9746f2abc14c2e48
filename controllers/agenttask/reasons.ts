import type { AgentTask } from '../../crds/types/agenttask.ts';
import { findCondition } from '../../kube/conditions.ts';
import { claimReasons } from '../shared/claim-steps.ts';

/** Reasons of a task that wants to start and only waits for its turn. */
export const turnReasons = {
  ...claimReasons,
  slot: 'WaitingForSlot',
} as const;

const turns: ReadonlySet<string> = new Set(Object.values(turnReasons));

/** Whether the task wants its hosts for itself and only waits for its turn, as its status says. */
export function waitsForTurn({ metadata, spec, status }: AgentTask): boolean {
  return (
    turns.has(findCondition(status?.conditions, 'Ready')?.reason ?? '') &&
    spec.shared !== true &&
    metadata.deletionTimestamp === undefined
  );
}
