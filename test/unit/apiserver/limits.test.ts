import { Registry } from '@prometheus-io/client';
import { fastify, type FastifyInstance } from 'fastify';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { limitCallers, limitRequests, standardLimits, type Limits } from '../../../apiserver/limits.ts';
import { HttpMetrics } from '../../../apiserver/metrics.ts';
import { TurnedAwayError } from '../../../apiserver/turned-away.ts';

async function limitedApp(
  limits: Partial<Limits>,
): Promise<{ readonly app: FastifyInstance; readonly registry: Registry }> {
  const registry = new Registry();
  const app = fastify();
  onTestFinished(() => app.close());
  app.decorateRequest('caller', null);
  app.addHook('onRequest', async (request) => {
    const user = request.headers['x-user'];
    if (typeof user === 'string') request.caller = { user, groups: [] };
  });
  await limitRequests(app, { ...standardLimits, ...limits }, new HttpMetrics(registry));
  limitCallers(app, 'onRequest');
  app.setErrorHandler(async (error, _request, reply) => {
    if (!(error instanceof TurnedAwayError)) throw error;
    return reply
      .code(error.httpStatus)
      .header('retry-after', error.retryAfter)
      .send({ code: error.code, message: error.message });
  });
  app.get('/', async () => ({}));
  await app.ready();
  return { app, registry };
}

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe('calls', () => {
  test('of one caller are limited to so many a minute, and those of others are not touched by it', async () => {
    const { app, registry } = await limitedApp({ rate: 3 });
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1)
      statuses.push((await app.inject({ url: '/', headers: { 'x-user': 'ann' } })).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect((await app.inject({ url: '/', headers: { 'x-user': 'bob' } })).statusCode).toBe(200);
    expect((await app.inject({ url: '/' })).statusCode).toBe(200);
    const refused = await app.inject({ url: '/', headers: { 'x-user': 'ann' } });
    expect(refused.json()).toEqual({
      code: 'RATE_LIMITED',
      message: expect.stringMatching(/^more than 3 calls a minute: call again in \d+ s$/),
    });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(await registry.metrics()).toContain('fleetwright_http_requests_shed_total{reason="rate"} 3');
  });

  test('are not limited without a rate', async () => {
    const { app } = await limitedApp({});
    for (let count = 0; count < 50; count += 1) expect((await app.inject({ url: '/' })).statusCode).toBe(200);
  });

  test('are turned away while the process lags behind, and answered when it does no more', async () => {
    const { app, registry } = await limitedApp({ lag: 100 });
    expect((await app.inject({ url: '/' })).statusCode).toBe(200);
    // The lag is measured over a second of turns of the event loop that each take long.
    await vi.waitFor(
      async () => {
        busy(300);
        const answer = await app.inject({ url: '/' });
        expect(answer.statusCode).toBe(503);
        expect(answer.headers['retry-after']).toBe('2');
        expect(answer.json()).toMatchObject({ code: 'OVERLOADED' });
      },
      { timeout: 30_000, interval: 1 },
    );
    expect(await registry.metrics()).toMatch(/fleetwright_http_requests_shed_total\{reason="lag"\} [1-9]/);
    await vi.waitFor(async () => expect((await app.inject({ url: '/' })).statusCode).toBe(200), { timeout: 30_000 });
  });

  test('are not turned away because starting took long', async () => {
    const clock = vi.spyOn(performance, 'now');
    onTestFinished(() => clock.mockRestore());
    const { app } = await limitedApp({ lag: 50 });
    clock.mockReturnValue(10_000);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const statusAt = async (time: number): Promise<number> => {
      clock.mockReturnValue(time);
      const { statusCode } = await app.inject({ url: '/' });
      return statusCode;
    };
    await vi.waitFor(
      async () => {
        const end = Date.now() + 300;
        while (Date.now() < end);
        expect([await statusAt(11_999), await statusAt(12_000)]).toEqual([200, 503]);
      },
      { timeout: 30_000, interval: 1 },
    );
  });
});
