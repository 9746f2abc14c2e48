import { stringify } from 'yaml';

import { idOf, requestedByAnnotation } from '../../crds/labels.ts';
import type { AgentTask, AgentTaskBatch } from '../../crds/types/agenttask.ts';
import type { Mode } from './mode.ts';
import { secondsBetween, secondsText, timeText } from './times.ts';
import { batchUuid, uuidOf } from './uuids.ts';

/** The name under which all runs are found: which machine a task runs on is no matter of its callers. */
const slave = 'fleetwright';

/** A task has ended, well or not. */
export type Status = 'init' | 'running' | 'success' | 'fail';

export function statusOf({ status }: AgentTask): Status {
  switch (status?.phase) {
    case undefined:
    case 'Pending':
      return 'init';
    case 'Running':
      return 'running';
    case 'Succeeded':
      return 'success';
    case 'PartlySucceeded':
    case 'Failed':
    case 'Stopped':
      return 'fail';
  }
}

export function hasEnded(task: AgentTask): boolean {
  const status = statusOf(task);
  return status === 'success' || status === 'fail';
}

function userOf({ metadata }: AgentTask): string {
  return metadata.annotations?.[requestedByAnnotation] ?? '';
}

/** undefined for a task that has not ended. */
export function secondsTaken({ status }: AgentTask): number | undefined {
  return secondsBetween(status?.startTime, status?.completionTime);
}

/** Seconds with three decimals, as text. */
function runtimeOf(task: AgentTask): string | null {
  return secondsTaken(task)?.toFixed(3) ?? null;
}

/** A task among the last ones. */
export function lastLine(task: AgentTask): object {
  return { user: userOf(task), runtime: runtimeOf(task), status: statusOf(task), name: nameOf(task) };
}

function nameOf({ spec, metadata }: AgentTask): string {
  return spec.jobRef?.name ?? metadata.name;
}

/** A task as lists show it. */
export function taskLine(task: AgentTask, project: string): object {
  return { ...common(task), projectid: Number(project) };
}

/** A task by itself. */
export function taskDetail(task: AgentTask): object {
  const { startTime, completionTime } = task.status ?? {};
  return {
    ...common(task),
    pid: null,
    starttimems: secondsText(startTime),
    finishtimems: secondsText(completionTime),
  };
}

function common(task: AgentTask): object {
  const { spec, status } = task;
  return {
    id: idOf(task) ?? 0,
    uuid: uuidOf(task),
    name: nameOf(task),
    user: userOf(task),
    slave,
    status: statusOf(task),
    starttime: timeText(status?.startTime),
    finishtime: timeText(status?.completionTime),
    calltype: 'api',
    runtime: runtimeOf(task),
    reason: statusOf(task) === 'fail' ? (status?.message ?? '').slice(0, 100) : '',
    variable: spec.variables === undefined ? '' : stringify(spec.variables),
  };
}

/** The batches of a task. */
export function subtasksOf(task: AgentTask, mode: Mode): readonly object[] {
  const id = idOf(task) ?? 0;
  return (task.status?.batches ?? []).map((batch) => ({
    // Batches have no number of their own.
    id: id * 1000 + batch.number,
    parent_uuid: uuidOf(task),
    uuid: batchUuid(id, batch.number),
    nodelist: batch.hosts.join(','),
    nodecount: batch.hosts.length,
    starttime: timeText(batch.startTime),
    finishtime: timeText(batch.completionTime),
    runtime: secondsBetween(batch.startTime, batch.completionTime)?.toFixed(3) ?? null,
    status: batchStatus(batch),
    confirm: confirmOf(task, batch, mode),
  }));
}

function batchStatus({ phase, task }: AgentTaskBatch): string {
  if (phase === 'Pending') return 'init';
  if (phase === 'Running') return 'running';
  if (phase === 'Stopped' && task === undefined) return 'cancel';
  return phase === 'Succeeded' ? 'success' : 'fail';
}

/** `WaitConfirm`, or who has confirmed; nothing for a batch that needs none. */
function confirmOf({ status }: AgentTask, { number, confirm }: AgentTaskBatch, { confirmedBy }: Mode): string {
  if (confirm !== 'Confirmed') return confirm ?? '';
  const decided = status?.decisions?.findLast(({ batch, action }) => batch === number + 1 && action === 'Proceed');
  return confirmedBy(decided?.user ?? 'confirmed');
}
