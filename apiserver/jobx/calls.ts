import type { FastifyReply, FastifySchema } from 'fastify';

import type { Params } from './params.ts';
import type { Call } from './runs.ts';

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
  handler: (asked: Asked) => Promise<object | string>,
) => void;
