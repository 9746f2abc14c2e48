import type { AgentTask } from './types/agenttask.ts';

/** The variable of a task on a DeployGroup that names the version to which it can be taken back. */
export const rollbackVersion = '_rollbackVersion_';

/** Annotation of the record of such a task, whose variables are not recorded. */
const reversibleAnnotation = 'fleetwright.io/jobx-reversible';

/** @returns the version to which a task that is there can be taken back; undefined where it names none */
export function rollbackVersionOf({ spec }: AgentTask): unknown {
  const version = spec.variables?.[rollbackVersion];
  return version === null || version === '' ? undefined : version;
}

/** Whether a task names a version to which it can be taken back, or did so when it was recorded. */
export function isReversible(task: AgentTask): boolean {
  return rollbackVersionOf(task) !== undefined || task.metadata.annotations?.[reversibleAnnotation] !== undefined;
}

/** The metadata with which a task is recorded without its variables. */
export function recordedMetadata(task: AgentTask): AgentTask['metadata'] {
  const { metadata } = task;
  return rollbackVersionOf(task) === undefined
    ? metadata
    : { ...metadata, annotations: { ...metadata.annotations, [reversibleAnnotation]: 'true' } };
}
