import { Registry } from '@prometheus-io/client';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';

import { buildApp } from '../../../apiserver/app.ts';
import { servedDispatch } from '../../../apiserver/dispatch/api.ts';
import type { Limits } from '../../../apiserver/limits.ts';
import { HttpMetrics } from '../../../apiserver/metrics.ts';
import { pairOf } from '../../../apiserver/tls/key-pair.ts';
import { TlsListener } from '../../../apiserver/tls/listener.ts';
import { newPair } from '../../tls/certificates.ts';
import { denying, failure } from './facade.ts';
import { asClient, cacheOf, countingIds, MemoryClient } from './memory-client.ts';

/** The whole application with these limits; whoever names himself in a header is let in. */
async function appWith(limits: Partial<Limits>, tls?: TlsListener): Promise<FastifyInstance> {
  const client = asClient(new MemoryClient());
  const app = await buildApp({
    log: pino({ level: 'silent' }),
    metrics: new HttpMetrics(new Registry()),
    limits: { lag: 0, ...limits },
    tls,
    apis: [
      servedDispatch({
        client,
        clientOf: () => client,
        authorizer: denying(),
        cache: cacheOf(),
        ids: countingIds(),
        namespace: 'default',
        mode: 'documented',
        guard: {
          reads: 'headers',
          identify: async ({ headers }) => ({ user: String(headers['x-user']), groups: [] }),
        },
      }),
    ],
  });
  onTestFinished(() => app.close());
  return app;
}

async function check(app: FastifyInstance, user: string): Promise<LightMyRequestResponse> {
  return app.inject({
    method: 'POST',
    url: '/api/check',
    headers: { 'x-user': user, 'x-correlation-id': '1-1', 'x-resource': 'orion' },
    payload: '{"id":1}',
  });
}

describe('the limit on calls', () => {
  test('is counted for each caller as the guard finds him, and said in the form of the API', async () => {
    const app = await appWith({ rate: 2 });
    const statuses: number[] = [];
    for (const user of ['ann', 'ann', 'ann', 'bob']) statuses.push((await check(app, user)).statusCode);
    expect(statuses).toEqual([404, 404, 429, 404]);
    const refused = await check(app, 'ann');
    expect(refused.json()).toEqual(failure(expect.stringMatching(/^more than 2 calls a minute: call again in \d+ s$/)));
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('holds for the description, and for calls by a wrong method', async () => {
    for (const [url, expected] of [
      ['/docs/json', 200],
      ['/api/run', 405],
    ] as const) {
      const app = await appWith({ rate: 2 });
      const statuses: number[] = [];
      for (let count = 0; count < 3; count += 1) statuses.push((await app.inject({ method: 'GET', url })).statusCode);
      expect([url, statuses]).toEqual([url, [expected, expected, 429]]);
    }
  });

  test('holds for calls that do not exist as well', async () => {
    const app = await appWith({ rate: 2 });
    const answers = [];
    for (let count = 0; count < 3; count += 1) answers.push(await app.inject({ method: 'GET', url: `/none/${count}` }));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 429]);
    expect(answers[2]?.json()).toEqual(failure(expect.stringContaining('more than 2 calls a minute')));
    expect(Number(answers[2]?.headers['retry-after'])).toBeGreaterThan(0);
  });
});

test('every answer says to browsers that it is no page, not to be kept, and not to be embedded', async () => {
  const app = await appWith({});
  for (const answer of [await check(app, 'ann'), await app.inject({ url: '/none' })]) {
    expect(answer.headers).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  }
});

function listener(): TlsListener {
  return new TlsListener(pairOf(newPair('app'), { certificate: 'tls.crt', key: 'tls.key' }));
}

test('only where TLS is served are browsers told to come by nothing else', async () => {
  for (const [tls, expected] of [
    [undefined, undefined],
    [listener(), 'max-age=31536000'],
  ] as const) {
    const app = await appWith({}, tls);
    for (const answer of [
      await check(app, 'ann'),
      await app.inject({ url: '/none' }),
      await app.inject({ url: '/docs/' }),
    ])
      expect(answer.headers['strict-transport-security']).toBe(expected);
  }
});

test.each([
  ['without TLS', undefined],
  ['with TLS', listener()],
])(
  'a connection is given ten seconds for its headers, thirty for a request; one more than 4000 is not taken (%s)',
  async (_how, tls) => {
    const { server } = await appWith({}, tls);
    expect([server.headersTimeout, server.requestTimeout, server.keepAliveTimeout, server.maxConnections]).toEqual([
      10_000, 30_000, 72_000, 4000,
    ]);
  },
);

test('what a caller can reach without being let in tells nothing but that it is not there', async () => {
  const app = await appWith({});
  for (const [method, url] of [
    ['GET', '/metrics'],
    ['GET', '/healthz'],
    ['HEAD', '/'],
    ['OPTIONS', '/api/nothing'],
    ['TRACE', '/'],
  ] as const) {
    expect([method, url, (await app.inject({ method: method as 'GET', url })).statusCode]).toEqual([method, url, 404]);
  }
});

test.each([
  ['POST', '/none', 'application/json', '{'],
  ['POST', '/none', 'application/json', '{"__proto__":{}}'],
  ['POST', '/none', 'text/xml', '<a/>'],
  ['PUT', '/docs/json', 'text/plain', 'x'],
  ['DELETE', '/none', 'application/json', ''],
  ['OPTIONS', '/none', 'application/json', 'x'.repeat(2_000_000)],
] as const)(
  'what is sent by %s to %s, where no call is, is not looked into (%s)',
  async (method, url, type, payload) => {
    const app = await appWith({});
    const answer = await app.inject({ method, url, headers: { 'content-type': type }, payload });
    expect([answer.statusCode, answer.json()]).toEqual([
      404,
      failure(expect.stringContaining(`there is no call ${method} ${url}`)),
    ]);
  },
);

test('a Content-Type that is none is the fault of the caller, also where no call is', async () => {
  const app = await appWith({});
  const answer = await app.inject({ method: 'POST', url: '/none', headers: { 'content-type': ';;;' }, payload: '{}' });
  expect([answer.statusCode, answer.json()]).toEqual([415, failure(expect.any(String))]);
});
