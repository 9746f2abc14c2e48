import { createHash } from 'node:crypto';

import type { LightMyRequestResponse } from 'fastify';
import { describe, expect, test } from 'vitest';

import { FailureLimit } from '../../../../apiserver/auth/failures.ts';
import type { Secret } from '../../../../kube/builtin.ts';
import { madeUpApp, sign, type MadeUp } from './made-up.ts';
import { secretOf } from './secrets.ts';

const key = 'a key that nobody guesses';
const wrongKey = 'a key that somebody guessed';
const secret = 'a secret to sign with';

function keySecret(text = key, name = 'credential-ann-1', user = 'ann'): Secret {
  const keySHA256 = createHash('sha256').update(text).digest('hex');
  return secretOf({ tokenSHA256: undefined, keySHA256, user }, name, undefined, 'test-key');
}

function signingSecret(text = secret, name = 'credential-bob-1', user = 'bob'): Secret {
  return secretOf({ tokenSHA256: undefined, id: 'bobs-key', secret: text, user }, name, undefined, 'test-signing');
}

async function appWithBoth(...options: Parameters<typeof madeUpApp>): Promise<MadeUp> {
  const made = await madeUpApp(...options);
  made.source.tell('added', keySecret());
  made.source.tell('added', signingSecret());
  return made;
}

function signed(
  body: string,
  { by = secret, time = String(Date.now()), id = 'bobs-key' }: { by?: string; time?: string; id?: string } = {},
): Readonly<Record<string, string>> {
  return { 'x-id': id, 'x-time': time, 'x-signature': sign(by, time, Buffer.from(body)).toString('base64') };
}

function told(answer: LightMyRequestResponse): readonly [number, unknown] {
  return [answer.statusCode, answer.json()];
}

const out = (info: unknown): object => ({ stat: false, code: 'TURNED_AWAY', info });

describe('a guard that reads the body', () => {
  test('lets in who sends the key of a credential, as its user', async () => {
    const { call } = await appWithBoth();
    expect(told(await call('keyed', { key, amount: 1 }))).toEqual([200, { stat: true, user: 'ann' }]);
  });

  test.each([
    ['no key', { amount: 1 }, 'TOKEN_MISSING', 'send a key'],
    ['a key that is no text', { key: 1, amount: 1 }, 'TOKEN_MISSING', 'send a key'],
    ['a wrong key', { key: wrongKey, amount: 1 }, 'TOKEN_WRONG', 'the key is not valid'],
    ['a list', [], 'TOKEN_MISSING', 'send a key'],
  ])('refuses %s in the form of its API, and counts it', async (_what, body, code, message) => {
    const { call, failures } = await appWithBoth();
    expect(told(await call('keyed', body))).toEqual([401, out(message)]);
    expect(failures).toEqual([code]);
  });

  test('tells of the schema only whom it has let in', async () => {
    const { call } = await appWithBoth();
    expect((await call('keyed', { amount: 'much' })).statusCode).toBe(401);
    expect((await call('keyed', { key, amount: 'much' })).statusCode).toBe(400);
  });

  test('can let in by a token of the API server as well', async () => {
    const { call, api } = await appWithBoth();
    api.users.set('head.body.signature', { username: 'robot', groups: [] });
    const answer = async (token: string): Promise<LightMyRequestResponse> =>
      call('keyed', { amount: 1 }, { authorization: `Bearer ${token}` });
    expect(told(await answer('head.body.signature'))).toEqual([200, { stat: true, user: 'robot' }]);
    expect((await answer('another.body.signature')).statusCode).toBe(401);
  });

  test('is asked about no body that cannot be read or is too large', async () => {
    const { call, failures } = await appWithBoth();
    expect((await call('keyed', '{')).json()).toMatchObject({ code: 'UNREADABLE' });
    expect((await call('keyed', 'x'.repeat(1001))).json()).toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(failures).toEqual([]);
  });

  test('takes no credential of another kind', async () => {
    const { call, source } = await appWithBoth();
    source.tell('deleted', keySecret());
    source.tell('added', secretOf({ ...decoded(keySecret()), user: 'ann' }, 'other', undefined, 'test-signing'));
    expect((await call('keyed', { key, amount: 1 })).statusCode).toBe(401);
  });
});

describe('a guard that reads a signature of the body', () => {
  test('lets in who signed the bytes that came, however they are written', async () => {
    const { call } = await appWithBoth();
    for (const body of [
      '{"amount":1}',
      '{ "amount" : 1 }\n',
      '{"note":"\\u00fc","amount":1}',
      '{"note":"ü","amount":1}',
    ])
      expect(told(await call('signed', body, signed(body)))).toEqual([200, { stat: true, user: 'bob' }]);
  });

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['another body of the same meaning', '{"amount": 1}', signed('{"amount":1}')],
    ['another secret', '{"amount":1}', signed('{"amount":1}', { by: 'guessed' })],
    ['another id', '{"amount":1}', signed('{"amount":1}', { id: 'anns-key' })],
    ['another time than is sent', '{"amount":1}', { ...signed('{"amount":1}'), 'x-time': String(Date.now() + 1) }],
    ['half a signature', '{"amount":1}', { ...signed('{"amount":1}'), 'x-signature': 'AAAA' }],
    ['no signature', '{"amount":1}', {}],
  ])('refuses %s', async (_what, body, headers) => {
    const { call } = await appWithBoth();
    expect((await call('signed', body, headers)).statusCode).toBe(401);
  });

  test.each([
    [-300_000, 401],
    [-299_999, 200],
    [299_999, 200],
    [300_000, 401],
  ])('with a clock that differs by %i ms is answered %i', async (differs, status) => {
    const now = 1_700_000_000_000;
    const { call } = await appWithBoth({}, () => now);
    const answer = await call('signed', '{"amount":1}', signed('{"amount":1}', { time: String(now + differs) }));
    expect(answer.statusCode).toBe(status);
  });
});

describe('every guard', () => {
  test('lets in with the old and the new one during a rotation, and with the new one only afterwards', async () => {
    const { call, source } = await appWithBoth();
    const bySigning = async (by: string): Promise<number> =>
      (await call('signed', '{"amount":1}', signed('{"amount":1}', { by }))).statusCode;
    const byKey = async (text: string): Promise<number> => (await call('keyed', { key: text, amount: 1 })).statusCode;
    source.tell('added', signingSecret('the next secret', 'credential-bob-2'));
    source.tell('added', keySecret('the next key', 'credential-ann-2'));
    expect([await bySigning(secret), await bySigning('the next secret')]).toEqual([200, 200]);
    expect([await byKey(key), await byKey('the next key')]).toEqual([200, 200]);
    source.tell('deleted', signingSecret());
    source.tell('deleted', keySecret());
    expect([await bySigning(secret), await bySigning('the next secret')]).toEqual([401, 200]);
    expect([await byKey(key), await byKey('the next key')]).toEqual([401, 200]);
  });

  test('lets nobody in under an id that two Secrets give to different users', async () => {
    const { call, source, logged } = await appWithBoth();
    source.tell('added', signingSecret(secret, 'credential-eve-1', 'eve'));
    expect((await call('signed', '{"amount":1}', signed('{"amount":1}'))).statusCode).toBe(401);
    expect(logged()).toContain('the same signature for another user or other groups');
  });

  test('counts failures of one address together, and lets in who is right all the same', async () => {
    const { call } = await appWithBoth({}, Date.now, new FailureLimit(2));
    const statuses = [];
    statuses.push((await call('keyed', { key: wrongKey, amount: 1 })).statusCode);
    statuses.push((await call('signed', '{"amount":1}')).statusCode);
    const third = await call('keyed', { key: wrongKey, amount: 1 });
    expect([...statuses, third.statusCode]).toEqual([401, 401, 429]);
    expect(third.json()).toEqual(out('too many calls without a valid key: wait a minute and call with the right key'));
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    expect((await call('keyed', { key, amount: 1 })).statusCode).toBe(200);
  });

  test('asks to try again while the Secrets were not read', async () => {
    const { call, source } = await appWithBoth();
    source.hasSynced = false;
    for (const answer of [
      await call('keyed', { key, amount: 1 }),
      await call('signed', '{"amount":1}', signed('{"amount":1}')),
    ])
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '5']);
  });

  test('tells the limit of calls who calls, so that callers behind one address do not share it', async () => {
    const { call, source } = await appWithBoth({ rate: 2 });
    source.tell('added', keySecret('the key of eve', 'credential-eve-1', 'eve'));
    const statuses = [];
    for (const each of [key, key, key, 'the key of eve'])
      statuses.push((await call('keyed', { key: each, amount: 1 })).statusCode);
    expect(statuses).toEqual([200, 200, 429, 200]);
  });

  test('leaves nothing secret in the log', async () => {
    const { call, source, logged } = await appWithBoth();
    source.tell('added', signingSecret(secret, 'credential-eve-1', 'eve'));
    source.tell('added', secretOf({ tokenSHA256: undefined, secret }, 'broken', undefined, 'test-signing'));
    const headers = signed('{"amount":1}');
    await call('keyed', { key: wrongKey, amount: 1 });
    await call('signed', '{"amount":1}', headers);
    expect(logged()).toContain('caller not let in');
    for (const text of [wrongKey, secret, headers['x-signature'] ?? '']) expect(logged()).not.toContain(text);
  });

  test('counts the credentials of all kinds', async () => {
    const { source, stores } = await appWithBoth();
    source.tell('added', secretOf({ tokenSHA256: undefined }, 'broken', undefined, 'test-key'));
    expect(stores.counts).toEqual({ usable: 2, broken: 1 });
  });
});

function decoded({ data = {} }: Secret): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text, 'base64').toString()]));
}
