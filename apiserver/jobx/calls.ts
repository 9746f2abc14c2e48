import type { FastifyReply, FastifySchema } from 'fastify';

import type { Guard } from '../auth/guard.ts';
import type { LogReading } from './logs.ts';
import type { Mode } from './mode.ts';
import type { Params } from './params.ts';
import type { Projects } from './projects.ts';
import type { Call } from './call.ts';

export interface JobxApiOptions {
  readonly mode: Mode;
  readonly guard: Guard;
  readonly projects: Projects;
  readonly logs: LogReading;
  readonly credentialsSecret: string | undefined;
  /** After how many seconds a task that has ended is deleted; undefined: never. */
  readonly ttlSeconds: number | undefined;
  readonly now: () => Date;
}

/** What a call is made of. */
export interface Asked {
  readonly params: Params;
  readonly call: Call;
  readonly reply: FastifyReply;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** Adds one call. @param handler gives the whole answer */
export type AddCall = (
  method: Method,
  url: string,
  schema: FastifySchema,
  handler: (asked: Asked) => Promise<object>,
) => void;

/** The answer to a call that was done. */
export function done(data: unknown): object {
  return { stat: true, data };
}
