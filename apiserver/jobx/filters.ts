import type { AgentTask } from '../../crds/types/agenttask.ts';
import { formats, optional, type Params } from './params.ts';
import { statusOf, taskLine, userOf } from './reports.ts';
import { uuidOf } from './uuids.ts';

/** @returns the tasks that the parameters choose, as lists show them. @throws FormatError */
export function filtered(tasks: readonly AgentTask[], params: Params, project: string): readonly object[] {
  const name = optional(params, 'name', formats.text);
  const user = optional(params, 'user', formats.text);
  const status = optional(params, 'status', formats.text);
  const uuid = optional(params, 'taskuuid', formats.uuid);
  const start = optional(params, 'time_start', formats.date);
  const end = optional(params, 'time_end', formats.date);
  const tests: ((task: AgentTask) => boolean)[] = [];
  if (name !== undefined) tests.push(({ spec, metadata }) => (spec.jobRef?.name ?? metadata.name).includes(name));
  if (user !== undefined) tests.push((task) => userOf(task) === user);
  if (status !== undefined) tests.push((task) => statusOf(task) === status);
  if (uuid !== undefined) tests.push((task) => uuidOf(task) === uuid);
  // Tasks that have not begun drop out where a day is asked for.
  if (start !== undefined) tests.push((task) => dayOf(task) >= start);
  if (end !== undefined) tests.push((task) => dayOf(task) !== '' && dayOf(task) <= end);
  const chosen = tasks.filter((task) => tests.every((test) => test(task)));
  return chosen.map((task) => taskLine(task, project));
}

/** On which it began; empty for a task that has not. */
function dayOf({ status }: AgentTask): string {
  return status?.startTime?.slice(0, 10) ?? '';
}
