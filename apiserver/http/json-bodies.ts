import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Guard } from '../auth/guard.ts';
import { BodyUnreadableError, parseJson } from './json.ts';

/**
 * Takes every body of a plugin for JSON: clients of the documents send it under all kinds of Content-Type, or none, or
 * one that is not even well-formed. Its bytes are kept where the guard of the plugin goes by them. What cannot be read
 * ends in a BodyUnreadableError, what is too large in one of Fastify's own.
 * @param needsNone of which calls the body does not matter, whatever it is
 */
export function takeJsonBodies(
  app: FastifyInstance,
  { reads }: Pick<Guard, 'reads'>,
  needsNone: (request: FastifyRequest) => boolean = () => false,
): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (reads === 'rawBody') request.rawBody = body;
    if (needsNone(request)) return done(null);
    try {
      done(null, parseJson(body));
    } catch (error) {
      done(error instanceof Error ? error : new BodyUnreadableError({ cause: error }));
    }
  });
  app.addHook('onRequest', (request, _reply, done) => {
    request.headers['content-type'] = 'application/json';
    done();
  });
}
