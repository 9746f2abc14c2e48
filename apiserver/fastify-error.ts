import type { FastifyError } from 'fastify';

/** Whether it is what Fastify itself has against a request, before or instead of a handler. */
export function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('FST_');
}
