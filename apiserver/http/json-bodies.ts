import type { FastifyInstance } from 'fastify';

import { BodyUnreadableError, parseJson } from './json.ts';

/**
 * Takes every body of a plugin for JSON: clients of the documents send it under all kinds of Content-Type, or none, or one that is not even well-formed.
 * What cannot be read ends in a BodyUnreadableError, what is too large in one of Fastify's own.
 */
export function takeJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
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
