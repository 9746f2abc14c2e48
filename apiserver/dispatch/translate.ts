import type { AgentTask } from '../../crds/types/agenttask.ts';
import { requestedByAnnotation, requestIdAnnotation } from '../../crds/labels.ts';
import type { RunBody } from './body.ts';
import { contentOf } from './content.ts';
import { ParamError } from './errors.ts';
import { nameAnnotation, objectNameOf } from './names.ts';
import type { Origin } from './origin.ts';
import { forksOf, timeoutOf, variablesOf } from './variables.ts';

/** What the operator decides about the tasks that are made. */
export interface TaskDefaults {
  readonly namespace: string;
  readonly credentialsSecret?: string | undefined;
  /** After how many seconds a finished task is deleted; absent: never. */
  readonly ttlSeconds?: number | undefined;
  /** After how many seconds a run is ended whose caller does not say; absent: as AgentTask has it by itself. */
  readonly timeoutSeconds?: number | undefined;
}

/** What is asked for, and by whom. */
export interface TaskRequest {
  readonly body: RunBody;
  readonly origin: Origin;
  /** The Kubernetes user in whose name the task is made. */
  readonly user: string;
  readonly requestId: string;
  /** True: one task for each node, under a parent. */
  readonly split: boolean;
}

const maxNameLength = 255;

/**
 * The AgentTask that a call asks for, without its id. What a host or a user is called, and how many forks there may be,
 * is left to the API server to judge, so that there is one rule for REST and kubectl.
 * @throws ParamError naming the field, TooLargeError
 */
export function draftOf({ body, origin, user, requestId, split }: TaskRequest, defaults: TaskDefaults): AgentTask {
  const name = nameOf(body.name);
  const variables = variablesOf(body.params);
  const forks = forksOf(body.fork_num);
  const timeoutSeconds = timeoutOf(body.timeoutSeconds) ?? defaults.timeoutSeconds;
  const annotations = { [nameAnnotation]: name, [requestedByAnnotation]: user, [requestIdAnnotation]: requestId };
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { namespace: defaults.namespace, name: objectNameOf(name), annotations },
    spec: {
      hosts: body.nodes,
      content: contentOf(body),
      user: body.user?.trim() || 'root',
      ...(variables === undefined ? {} : { variables }),
      ...(forks === undefined ? {} : { forks }),
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      ...(split ? { splitBy: 'Host' } : {}),
      ...(defaults.credentialsSecret === undefined
        ? {}
        : { credentialsSecretRef: { name: defaults.credentialsSecret } }),
      ...(defaults.ttlSeconds === undefined ? {} : { ttlSecondsAfterFinished: defaults.ttlSeconds }),
      correlationID: origin.correlationID,
      source: origin.source,
    },
  };
}

/** @returns the name of a task, unchanged. @throws ParamError for one that no task can have */
export function nameOf(name: string): string {
  if (name.trim() === '') throw new ParamError('name: is empty: give the task a name');
  // Two UTF-16 units at most for a character: the first test spares counting a giant.
  if (name.length > maxNameLength * 2 || Array.from(name).length > maxNameLength)
    throw new ParamError(`name: is longer than ${maxNameLength} characters: shorten it`);
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name) || !name.isWellFormed())
    throw new ParamError('name: holds a line break or another control character: use a single line of text');
  return name;
}
