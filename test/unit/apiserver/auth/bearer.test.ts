import { describe, expect, test } from 'vitest';

import { FailureLimit } from '../../../../apiserver/auth/failures.ts';
import { guardedApp } from './guarded.ts';
import { token } from './secrets.ts';

const wrong = 'wrong-horse-battery-staple-0123456789';
const kubernetes = 'head.body.signature';

describe('a call', () => {
  test('with the token of a credential is that user’s', async () => {
    const { call, api } = await guardedApp();
    expect(await call(`Bearer ${token}`)).toMatchObject({ status: 200, body: { user: 'ann', groups: ['ops'] } });
    expect(await call(`bearer   ${token} `)).toMatchObject({ status: 200, body: { user: 'ann' } });
    expect(api.reviewed).toEqual([]);
  });

  test('with a token of the API server is that of whom it names', async () => {
    const { call, api } = await guardedApp();
    api.users.set(kubernetes, {
      username: 'system:serviceaccount:ops:robot',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ops', 'system:authenticated'],
    });
    expect(await call(`Bearer ${kubernetes}`)).toMatchObject({
      status: 200,
      body: { user: 'system:serviceaccount:ops:robot', groups: [] },
    });
  });

  test.each([
    ['no header', undefined, 'TOKEN_MISSING'],
    ['an empty header', '', 'TOKEN_MISSING'],
    ['another scheme', `Basic ${token}`, 'TOKEN_MISSING'],
    ['no token', 'Bearer ', 'TOKEN_MISSING'],
    ['two tokens', `Bearer ${token} ${token}`, 'TOKEN_MISSING'],
    ['a wrong token', `Bearer ${wrong}`, 'TOKEN_WRONG'],
    ['a longer token', `Bearer ${token}x`, 'TOKEN_WRONG'],
    ['a token that the API server does not know', `Bearer ${kubernetes}`, 'TOKEN_WRONG'],
  ])('with %s is refused and counted', async (_, authorization, code) => {
    const { call, failures } = await guardedApp();
    expect(await call(authorization)).toMatchObject({ status: 401, body: { code } });
    expect(failures).toEqual([code]);
  });

  test('is refused as one that may be repeated while the credentials were not read', async () => {
    const { call, source, failures } = await guardedApp();
    source.hasSynced = false;
    expect(await call(`Bearer ${token}`)).toMatchObject({
      status: 503,
      body: { code: 'CREDENTIALS_UNREADABLE' },
      retryAfter: '5',
    });
    expect(failures).toEqual(['CREDENTIALS_UNREADABLE']);
  });

  test('with an unknown token is refused as to be repeated while the API server cannot be asked', async () => {
    const { call, api, logged } = await guardedApp();
    api.fault = new Error('connection refused');
    expect(await call(`Bearer ${kubernetes}`)).toMatchObject({ status: 503, body: { code: 'CREDENTIALS_UNREADABLE' } });
    expect(await call(`Bearer ${token}`)).toMatchObject({ status: 200 });
    expect(logged()).toContain('connection refused');
  });

  test('without any header is the given user’s where that is allowed, while a wrong token stays wrong', async () => {
    const { call } = await guardedApp({ openAs: { user: 'anybody', groups: [] } });
    expect(await call()).toMatchObject({ status: 200, body: { user: 'anybody' } });
    expect(await call(`Bearer ${wrong}`)).toMatchObject({ status: 401 });
    expect(await call('')).toMatchObject({ status: 401 });
    expect(await call(`Bearer ${token}`)).toMatchObject({ status: 200, body: { user: 'ann' } });
  });
});

describe('failures', () => {
  test('of one address are limited, while the right token is let in from there', async () => {
    const { call, logged } = await guardedApp({ failures: new FailureLimit(3) });
    const statuses: number[] = [];
    for (let tries = 0; tries < 6; tries += 1) statuses.push((await call(`Bearer ${wrong}`)).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429]);
    expect(Number((await call()).retryAfter)).toBeGreaterThan(0);
    expect((await call(`Bearer ${token}`)).status).toBe(200);
    expect(logged().split('caller not let in')).toHaveLength(4);
  });

  test('beyond the limit are not worth a question to the API server, but who was let in before still is', async () => {
    const { call, api } = await guardedApp({ failures: new FailureLimit(1) });
    api.users.set(kubernetes, { username: 'bob', groups: [] });
    expect((await call(`Bearer ${kubernetes}`)).status).toBe(200);
    expect((await call('Bearer x.y.1')).status).toBe(401);
    expect((await call('Bearer x.y.2')).status).toBe(429);
    expect(api.reviewed).toEqual([kubernetes, 'x.y.1']);
    expect((await call(`Bearer ${kubernetes}`)).status).toBe(200);
  });

  test('and successes leave no token in the log', async () => {
    const { call, logged } = await guardedApp();
    for (const each of [token, wrong, kubernetes]) await call(`Bearer ${each}`);
    expect(logged()).toContain('caller not let in');
    for (const secret of [token, wrong, kubernetes]) expect(logged()).not.toContain(secret);
  });
});
