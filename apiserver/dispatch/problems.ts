import type { AgentTask } from '../../crds/types/agenttask.ts';
import { findCondition } from '../../kube/conditions.ts';
import { calledHere } from './invalid-fields.ts';

/**
 * What a task's status has to say of how it went or why it waits, in words of this API; undefined when it says nothing.
 * @param details what a caller finds the nodes' reasons in: a field of the answer, or another call
 */
export function saidOf({ status }: AgentTask, details: 'log' | 'getlog'): string | undefined {
  const stalled = findCondition(status?.conditions, 'Stalled');
  const ready = findCondition(status?.conditions, 'Ready');
  const said = [status?.message, stalled?.message, ready?.message].find((text) => text !== undefined && text !== '');
  // Only where the controllers put these words: what a host or a user says stays as it is.
  return said
    ?.replace(/^spec\.(\w+)/, (whole, field: string) => fieldNames[field] ?? whole)
    .replace('; see status.hosts for ', `; see ${details} for `);
}

/**
 * What fields of an AgentTask that a caller sets are called in messages of the controllers; content may come in two
 * fields.
 */
const fieldNames: Readonly<Record<string, string>> = { ...calledHere, content: 'content' };
