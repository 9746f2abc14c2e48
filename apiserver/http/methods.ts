import { METHODS } from 'node:http';

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** All that reach a route; CONNECT does not. */
const methods = METHODS.filter((method) => method !== 'CONNECT');

/**
 * Says of calls to a path by any other method that this is not how they are made. What the body is does not matter
 * then, so it is not read.
 * @param answer the body of that answer, in the form of the API; asked for each time
 */
export function takeOnly(
  app: FastifyInstance,
  url: string,
  taken: readonly string[],
  answer: (message: string, request: FastifyRequest) => object | Promise<object>,
): void {
  const others = methods.filter((method) => !taken.includes(method));
  // Those that Fastify does not know by itself would be answered as if there were no such path.
  for (const method of others)
    if (!app.supportedMethods.includes(method)) app.addHttpMethod(method, { hasBody: false });
  const message = `${url} takes ${taken.join(' and ')} only`;
  const refuse = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const body = await answer(message, request);
    return reply.code(405).header('allow', taken.join(', ')).send(body);
  };
  app.route({ method: others, url, schema: { hide: true }, onRequest: refuse, handler: refuse });
}
