/**
 * Annotation of any object of ours: what was done to it by way of the REST APIs after it was made, the eldest first. A
 * JSON list with a line for each operation. Who does something appends a line by the same write; so the list is as true
 * as what it tells of. Of more than twenty the eldest go; numbers count on, so that those that went are missed. (Who
 * made the object stands in annotations of its own.)
 *
 * A policy of the chart goes by this form: see charts/fleetwright/templates/policies/tasks.yaml.
 */
export const operationsAnnotation = 'fleetwright.io/operations';

/** Operations in one list. */
export const mostOperations = 20;

/** Characters of a name or an id: an annotation may be far longer than any user's name. */
const longest = 256;

/** Something that is done to an object. */
export interface ObjectOperation {
  /** One word, for example `stop`. */
  readonly operation: string;
  /** The Kubernetes user in whose name it is done. */
  readonly user: string;
  readonly requestId: string;
  /** RFC 3339. */
  readonly time: string;
}

/** One of the list. */
export interface NumberedOperation extends ObjectOperation {
  /** From 1 on, one more than that of the operation before. */
  readonly number: number;
}

type Annotations = Readonly<Record<string, string>> | undefined;

/**
 * @returns the operations of the list that can be read; whoever may change the object may have written anything there
 */
export function listedOperations(annotations: Annotations): readonly NumberedOperation[] {
  return linesOf(annotations).flatMap((line) => read(line) ?? []);
}

/**
 * @returns the annotation with one more operation, for the patch that does it. The patch must fail when the object was
 * changed meanwhile.
 */
export function withOperation(annotations: Annotations, operation: ObjectOperation): Readonly<Record<string, string>> {
  const lines = linesOf(annotations);
  const number = 1 + Math.max(0, ...listedOperations(annotations).map((listed) => listed.number));
  const line = JSON.stringify({
    number,
    operation: operation.operation,
    user: operation.user.slice(0, longest),
    requestId: operation.requestId.slice(0, longest),
    time: operation.time,
  });
  return { [operationsAnnotation]: `[${[...lines.slice(1 - mostOperations), line].join(between)}]` };
}

const between = ',\n';

/** As they stand there, those that cannot be read included. */
function linesOf(annotations: Annotations): readonly string[] {
  const text = annotations?.[operationsAnnotation] ?? '';
  return text.startsWith('[{') && text.endsWith('}]') ? text.slice(1, -1).split(between) : [];
}

function read(line: string): NumberedOperation | undefined {
  const { number, operation, user, requestId, time } = parsed(line);
  const known =
    typeof number === 'number' &&
    Number.isSafeInteger(number) &&
    number > 0 &&
    typeof operation === 'string' &&
    /^[a-z][a-zA-Z]{0,31}$/.test(operation) &&
    typeof user === 'string' &&
    typeof requestId === 'string' &&
    typeof time === 'string' &&
    !Number.isNaN(Date.parse(time));
  if (!known) return undefined;
  return { number, operation, user: user.slice(0, longest), requestId: requestId.slice(0, longest), time };
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
