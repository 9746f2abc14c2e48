import { describe, expect, onTestFinished, test } from 'vitest';

import { HealthServer, type Check } from '../../../kube/health.ts';

async function serving(checks: {
  live?: Record<string, Check>;
  ready?: Record<string, Check>;
  metrics?: () => Promise<string>;
}): Promise<(path: string) => Promise<{ status: number; body: string }>> {
  const server = new HealthServer({ port: 0, host: '127.0.0.1', metrics: async () => 'up 1\n', ...checks });
  const port = await server.listen();
  onTestFinished(() => server.close());
  return async (path) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, body: await answer.text() };
  };
}

describe('the health server', () => {
  test('is ready when every check is content', async () => {
    const get = await serving({ ready: { caches: () => undefined, disk: () => undefined } });
    expect(await get('/readyz')).toEqual({ status: 200, body: '[+] caches ok\n[+] disk ok\nok\n' });
  });

  test('names what is wrong, and stays alive while it is not ready', async () => {
    let problem: string | undefined = 'waiting for the first list of pods';
    const get = await serving({ ready: { caches: () => problem, disk: () => undefined } });
    expect(await get('/readyz?verbose')).toEqual({
      status: 503,
      body: '[-] caches: waiting for the first list of pods\n[+] disk ok\nnot ok\n',
    });
    expect(await get('/healthz')).toEqual({ status: 200, body: 'ok\n' });
    problem = undefined;
    expect((await get('/readyz')).status).toBe(200);
  });

  test('serves the metrics, and tells who asks for something else what there is', async () => {
    const get = await serving({});
    expect(await get('/metrics')).toEqual({ status: 200, body: 'up 1\n' });
    expect(await get('/other')).toEqual({ status: 404, body: 'try /healthz, /readyz or /metrics\n' });
  });

  test('answers 500 when the metrics cannot be collected, and goes on', async () => {
    const get = await serving({ metrics: async () => Promise.reject(new Error('no')) });
    expect((await get('/metrics')).status).toBe(500);
    expect((await get('/healthz')).status).toBe(200);
  });

  test('says so when its port is taken', async () => {
    const first = new HealthServer({ port: 0, host: '127.0.0.1', metrics: async () => '' });
    const port = await first.listen();
    onTestFinished(() => first.close());
    const second = new HealthServer({ port, host: '127.0.0.1', metrics: async () => '' });
    await expect(second.listen()).rejects.toThrow('EADDRINUSE');
  });
});
