import { rm, writeFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { FailureLimit } from '../../../../apiserver/auth/failures.ts';
import { failure, headers, testFacade, token } from '../facade.ts';

const wrong = 'wrong-horse-battery-staple-0123456789';

describe('without the right token', () => {
  test.each([
    ['no header', undefined, 'a token is required'],
    ['another scheme', `Basic ${token}`, 'a token is required'],
    ['no token', 'Bearer ', 'a token is required'],
    ['two tokens', `Bearer ${token} ${token}`, 'a token is required'],
    ['a wrong token', `Bearer ${wrong}`, 'the token is not valid'],
    ['a longer token', `Bearer ${token}x`, 'the token is not valid'],
  ])('%s is answered 401 in the form of the API, and nothing is read or made', async (_, authorization, expected) => {
    const { app, client } = await testFacade();
    const { authorization: _right, ...others } = headers;
    const sent = authorization === undefined ? others : { ...others, authorization };
    const answer = await app.inject({ method: 'POST', url: '/api/run', headers: sent, payload: 'not even JSON' });
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toEqual(failure(expect.stringContaining(expected)));
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(client.calls).toEqual([]);
  });

  test('failures of one address are limited, while the right token is let in from there', async () => {
    const { post, logged } = await testFacade({ failures: new FailureLimit(3) });
    const statuses: number[] = [];
    for (let tries = 0; tries < 6; tries += 1) statuses.push((await post('/api/check', { id: 1 }, { authorization: `Bearer ${wrong}` })).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429, 429]);
    expect((await post('/api/check', { id: 1 })).status).toBe(404);
    expect(logged().split('caller not let in')).toHaveLength(4);
  });

  test('an answer to too many failures says when to come back, in the form of the API', async () => {
    const limited = await testFacade({ failures: new FailureLimit(1) });
    await limited.app.inject({ method: 'POST', url: '/api/run' });
    const answer = await limited.app.inject({ method: 'POST', url: '/api/run' });
    expect(answer.statusCode).toBe(429);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.json()).toEqual(failure(expect.stringContaining('too many calls')));
  });

  test('no token is let in while the file of tokens cannot be read', async () => {
    const { post, tokenPath } = await testFacade();
    await rm(tokenPath);
    expect(await post('/api/check', { id: 1 })).toEqual({ status: 503, body: failure(expect.stringContaining('cannot be checked')) });
    await writeFile(tokenPath, token);
    expect((await post('/api/check', { id: 1 })).status).toBe(404);
  });

  test('tokens, right or wrong, are in no log and no metric', async () => {
    const { post, logged, registry } = await testFacade();
    await post('/api/check', { id: 1 }, { authorization: `Bearer ${wrong}` });
    await post('/api/check', { id: 1 });
    await post('/api/run', { name: 'a', nodes: ['a'], tasks: '- ping:' });
    const written = logged() + (await registry.metrics());
    expect(written).toContain('request answered');
    expect(written).toContain('fleetwright_auth_failures_total{api="dispatch",code="TOKEN_WRONG"} 1');
    expect(written).not.toContain(token);
    expect(written).not.toContain(wrong);
  });
});
