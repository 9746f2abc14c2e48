import { createHash } from 'node:crypto';

import type { AgentJob } from '../../../crds/types/agentjob.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { settingsOf } from '../run/settings.ts';

/** Characters of what stands for work or for a question: short enough to be copied by hand. */
const length = 12;

/**
 * Stands for what the batches of a task run, with what the AgentJob gives: the same as long as that is the same, and
 * the same for the task of a batch. The task's own part cannot change once it has started, the AgentJob can at any
 * time.
 */
export function workOf(task: AgentTask, job: AgentJob | undefined): string {
  const { hosts: _, variables, ...work } = settingsOf(task, job);
  // It names the hosts, which are another matter.
  const { ip: __, ...others } = variables;
  const there = task.spec.jobRef === undefined || job !== undefined;
  return fingerprint(there ? JSON.stringify(sorted({ ...work, variables: others })) : 'no such job');
}

/** @returns a few characters that stand for a text */
export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** In which order somebody wrote the fields is no matter. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]: [string, unknown]) => [name, sorted(part)]));
}
