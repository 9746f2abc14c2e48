import rateLimit from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { HttpMetrics } from './metrics.ts';
import { OverloadError } from './turned-away.ts';

/** How much the facade takes on. */
export interface Limits {
  /** Requests a minute of one caller, whether the call exists or not; 0: any number. */
  readonly rate: number;
  /**
   * Milliseconds by which the process lags behind on average over a second, beyond which it turns requests away instead
   * of answering all too late; 0: never.
   */
  readonly lag: number;
}

export const standardLimits: Limits = { rate: 0, lag: 500 };

/** Seconds after which a request that was turned away by a process that lags may be made again. */
const afterLag = 2;

/**
 * Milliseconds after which the lag that is measured is that of serving. Before, it is that of starting, when the
 * process read and compiled itself.
 */
const startLasts = 2000;

/**
 * Turns requests away that are more than can be done (503), and makes ready to turn away those that are more than one
 * caller may make (429). Register it before the plugins of the APIs, which answer the OverloadError in their own form.
 */
export async function limitRequests(app: FastifyInstance, limits: Limits, metrics: HttpMetrics): Promise<void> {
  let listeningSince = Number.NEGATIVE_INFINITY;
  app.addHook('onListen', (done) => {
    listeningSince = performance.now();
    done();
  });
  await app.register(underPressure, {
    maxEventLoopDelay: limits.lag,
    async pressureHandler() {
      if (performance.now() - listeningSince < startLasts) return;
      metrics.shed('lag');
      throw new OverloadError(
        'OVERLOADED',
        503,
        'there is more to do than can be done at the moment: try again',
        afterLag,
      );
    },
  });
  metrics.observeLag(() => app.memoryUsage().eventLoopDelay);
  if (limits.rate === 0) return;
  await app.register(rateLimit, {
    // Counted where it is known who calls: see limitCallers.
    global: false,
    max: limits.rate,
    timeWindow: 60_000,
    keyGenerator: callerKey,
    errorResponseBuilder: (_request, { ttl }) => {
      metrics.shed('rate');
      const seconds = Math.ceil(ttl / 1000);
      return new OverloadError(
        'RATE_LIMITED',
        429,
        `more than ${limits.rate} calls a minute: call again in ${seconds} s`,
        seconds,
      );
    },
  });
}

/**
 * Counts the calls of a plugin from here on, by their callers: their user where a hook before this one has found it,
 * else their address.
 * @param hook in which to count
 */
export function limitCallers(app: FastifyInstance, hook: 'onRequest' | 'preValidation'): void {
  if (app.hasDecorator('rateLimit')) app.addHook(hook, app.rateLimit());
}

function callerKey({ caller, ip }: FastifyRequest): string {
  return caller === null ? `address ${ip}` : `user ${caller.user}`;
}
