import {
  requestedByAnnotation,
  requestIdAnnotation,
  stoppedAtAnnotation,
  stoppedByAnnotation,
  stopRequestIdAnnotation,
} from '../../crds/labels.ts';
import { listedOperations } from '../../crds/operations.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Operation } from '../store.ts';

/** Characters. An annotation may be far longer than any user's name. */
const longest = 256;

/**
 * @returns what was done to the object: made and changed by way of the REST APIs, as its annotations tell; and deleted,
 * by whatever way, as far as something held it then. Annotations are as trustworthy as whoever may change the object;
 * what came by other ways is in the audit log of the API server.
 */
export function operationsOf(object: KubeObject): readonly Operation[] {
  const { uid = '', annotations = {}, creationTimestamp, deletionTimestamp } = object.metadata;
  const listed = listedOperations(annotations).map((entry) => ({ uid, ...entry }));
  const made = operation(
    uid,
    'create',
    annotations[requestedByAnnotation],
    annotations[requestIdAnnotation],
    creationTimestamp,
  );
  // As earlier releases noted it.
  const stopped = operation(
    uid,
    'stop',
    annotations[stoppedByAnnotation],
    annotations[stopRequestIdAnnotation],
    annotations[stoppedAtAnnotation],
  );
  const named = listed.some((entry) => entry.operation === 'delete');
  const deleted = named ? undefined : operation(uid, 'delete', '', '', deletionTimestamp);
  return [made, stopped, ...listed, deleted].filter((found) => found !== undefined);
}

function operation(
  uid: string,
  name: string,
  user: string | undefined,
  requestId = '',
  time = '',
): Operation | undefined {
  if (user === undefined || Number.isNaN(Date.parse(time))) return undefined;
  return {
    uid,
    operation: name,
    number: 0,
    user: user.slice(0, longest),
    requestId: requestId.slice(0, longest),
    time,
  };
}
