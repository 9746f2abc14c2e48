import { isObject } from '../http/json.ts';
import { NameTakenError } from '../objects/create.ts';
import { troubleOf, unanswered, type Trouble, type TroubleCode } from '../troubles.ts';
import { bodyLimit } from './body.ts';
import { BodyError, DispatchError, DuplicateNameError, TooLargeError, type CallName } from './errors.ts';
import { paramErrorOf } from './invalid-fields.ts';
import type { Failure, Mode } from './mode.ts';

/** What is known of the call that failed. */
export interface FailedCall {
  readonly id: string;
  readonly name: CallName;
  readonly body: unknown;
}

/**
 * What is answered to which error, in every mode. What this API has words of its own for becomes a DispatchError, which
 * the mode words; the rest is said as everywhere.
 */
export function failureOf(error: unknown, call: FailedCall, mode: Mode): Failure {
  if (error instanceof DispatchError) return mode.failure(error, call.name);
  if (error instanceof NameTakenError) return mode.failure(new DuplicateNameError({ cause: error }), call.name);
  const trouble = troubleOf(error, call.id, 'tasks');
  const own = ownError(trouble, call);
  if (own !== undefined) return mode.failure(own, call.name);
  // Of a field that no caller can set, such as the Secret, he is told nothing.
  if (trouble.code === 'INVALID') return troubleOf(undefined, call.id);
  if (trouble.code === 'UNANSWERED') return { ...trouble, message: unanswered(call.id, hint(call)) };
  return trouble;
}

const otherwise = 'move large data to where the nodes can fetch it';
const tooLargeBody = `body: is larger than ${bodyLimit / 1024 / 1024} MiB: ${otherwise}`;
const together = 'nodes, tasks and params together are larger than can be stored (about 1.5 MB)';
const tooLargeTask = `tasks: ${together}: ${otherwise}`;

const ownErrors: Partial<Readonly<Record<TroubleCode, () => DispatchError>>> = {
  UNREADABLE: () => new BodyError(),
  BODY_TOO_LARGE: () => new TooLargeError(tooLargeBody),
  OBJECT_TOO_LARGE: () => new TooLargeError(tooLargeTask),
};

/** @returns undefined for a trouble that has no name in this API. */
function ownError({ code, cause }: Trouble, { body }: FailedCall): DispatchError | undefined {
  return cause === undefined ? ownErrors[code]?.() : paramErrorOf(cause, isObject(body) ? body : {});
}

function hint({ name }: FailedCall): string {
  return name === 'run' || name === 'parallel_run' ? '; "task name is duplicate" then says that it was' : '';
}
