import type { FastifyRequest, FastifySchema } from 'fastify';

import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { RunBody } from './body.ts';
import type { CallName, DispatchError, TaskQuery } from './errors.ts';
import type { LoggedStep, LogQuery } from './logs.ts';
import type { Origin } from './origin.ts';

/** How a failed call is answered: the message goes into `{"code":-1,"message":…}`. */
export interface Failure {
  readonly httpStatus: number;
  readonly message: string;
  /** Seconds, for the header. */
  readonly retryAfter?: number | undefined;
}

/**
 * A way in which the API speaks: as its document says, or as the original program did. A mode reads calls, each in its
 * own order of checks, and words answers; what is done is the same in both.
 */
export interface Mode {
  /** For the description of the API; only the documented mode's bodies are also checked by them. */
  readonly schemas: Readonly<Record<CallName, FastifySchema>>;
  /** Whether a stop is also noted on a task that has ended. */
  readonly stopsFinished: boolean;
  /** @throws DispatchError */
  readRun(
    this: void,
    request: FastifyRequest,
    call: 'run' | 'parallel_run',
  ): { readonly body: RunBody; readonly origin: Origin };
  /** @throws DispatchError */
  readQuery(this: void, request: FastifyRequest): TaskQuery;
  /** @returns undefined for a call that can have no answer but an empty one. @throws DispatchError */
  readLogQuery(this: void, request: FastifyRequest): LogQuery | undefined;
  /** @param task one with an id. @returns the `content` of an answer to check */
  report(this: void, task: AgentTask): object;
  /**
   * @param steps undefined when there is no task to have a log.
   * @returns the whole answer to getlog.
   * @throws TaskNotFoundError
   */
  log(this: void, steps: readonly LoggedStep[] | undefined): object;
  /** Says in the mode's own words why a call failed. */
  failure(this: void, error: DispatchError, call: CallName): Failure;
}
