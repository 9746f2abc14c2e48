import { METHODS } from 'node:http';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** All that reach a route; CONNECT does not. */
const methods = METHODS.filter((method) => method !== 'CONNECT');

/** Says of calls to a path by any other method that this is not how they are made. What the body is does not matter then, so it is not read. */
export function takeOnly(app: FastifyInstance, url: string, taken: 'GET' | 'POST'): void {
  const others = methods.filter((method) => method !== taken);
  // Those that Fastify does not know by itself would be answered as if there were no such path.
  for (const method of others)
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: false });
  const refuse = async (_request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
    reply
      .code(405)
      .header('allow', taken)
      .send({ code: -1, message: `${url} takes ${taken} only` });
  app.route({ method: others, url, schema: { hide: true }, onRequest: refuse, handler: refuse });
}
