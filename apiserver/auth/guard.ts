import type { FastifyInstance, FastifyRequest } from 'fastify';

import { limitCallers } from '../limits.ts';
import type { Caller } from './caller.ts';

/** Finds out who calls an API. */
export interface Guard {
  /**
   * What it goes by. A guard that reads headers only keeps whoever is not let in from having his body read; what a
   * guard of the body is shown is read and parsed first, up to the limit of its API, but compared with no schema.
   * `rawBody` are the bytes as they came, which is what a caller can sign.
   */
  readonly reads: 'headers' | 'body' | 'rawBody';
  /** @throws AuthError when the caller is not let in */
  identify(this: void, request: FastifyRequest): Promise<Caller>;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came, where the guard of the API goes by it. */
    rawBody: Buffer | null;
  }
}

/** When each has been read. Before the schema in any case, of which nobody learns who is not let in. */
const hookOf = { headers: 'onRequest', body: 'preValidation', rawBody: 'preValidation' } as const;

/**
 * Lets nobody reach the calls of a plugin whom the guard does not let in, nor more often than he may call. Use it
 * before its routes are made.
 */
export function guardCalls(app: FastifyInstance, { reads, identify }: Guard): void {
  const hook = hookOf[reads];
  app.addHook(hook, async (request) => {
    request.caller = await identify(request);
  });
  // Only now it is known who calls.
  limitCallers(app, hook);
}
