import type { AgentTask, AgentTaskPhase } from '../../crds/types/agenttask.ts';

const terminal: ReadonlySet<AgentTaskPhase> = new Set(['Succeeded', 'PartlySucceeded', 'Failed', 'Stopped']);

/** Whether a phase is the last one. */
export function isTerminal(phase: AgentTaskPhase | undefined): boolean {
  return phase !== undefined && terminal.has(phase);
}

/** Ended for good: such a task never runs again. */
export function isFinished(task: AgentTask): boolean {
  return isTerminal(task.status?.phase);
}
