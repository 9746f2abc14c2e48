import {
  requestedByAnnotation,
  requestIdAnnotation,
  stoppedAtAnnotation,
  stoppedByAnnotation,
  stopRequestIdAnnotation,
} from '../../crds/labels.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { Operation } from '../store.ts';

/** Characters. An annotation may be far longer than any user's name. */
const longest = 256;

/**
 * @returns what was done to the task by way of the REST APIs, as its annotations tell. They are as trustworthy as whoever may change the task;
 * what came by other ways is in the audit log of the API server.
 */
export function operationsOf(task: AgentTask): readonly Operation[] {
  const annotations = task.metadata.annotations ?? {};
  const made = operation(
    task,
    'create',
    annotations[requestedByAnnotation],
    annotations[requestIdAnnotation],
    task.metadata.creationTimestamp,
  );
  const stopped = operation(
    task,
    'stop',
    annotations[stoppedByAnnotation],
    annotations[stopRequestIdAnnotation],
    annotations[stoppedAtAnnotation],
  );
  return [made, stopped].filter((found) => found !== undefined);
}

function operation(
  { metadata, spec }: AgentTask,
  name: Operation['operation'],
  user: string | undefined,
  requestId = '',
  time = '',
): Operation | undefined {
  if (user === undefined || Number.isNaN(Date.parse(time))) return undefined;
  return {
    uid: metadata.uid ?? '',
    operation: name,
    user: user.slice(0, longest),
    requestId: requestId.slice(0, longest),
    source: spec.source ?? '',
    correlationID: spec.correlationID ?? '',
    time,
  };
}
