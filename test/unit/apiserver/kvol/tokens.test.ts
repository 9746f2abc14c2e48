import { afterEach, describe, expect, test, vi } from 'vitest';

import { kvolKind } from '../../../../apiserver/kvol/credential.ts';
import { isSignedWith, readToken, signToken, tokenLasts } from '../../../../apiserver/kvol/token.ts';
import { basic, key, kvolFacade, name, sampleZones } from './facade.ts';

const list = '/api/kvol/list?zone=mitaka1&volume-type-id=6a21db69-dc6b-4423-834c-679ae153a638';

afterEach(() => {
  vi.useRealTimers();
});

async function tokenOf({ get }: Awaited<ReturnType<typeof kvolFacade>>): Promise<string> {
  const { status, body } = await get('/api/token', basic(name, key));
  expect(status).toBe(200);
  expect(body).toMatchObject({ expires: tokenLasts });
  return (body as { readonly token: string }).token;
}

describe('a token', () => {
  test('is given for name and key, and lets its caller in as the password of gabianet, or as it is', async () => {
    const facade = await kvolFacade(sampleZones);
    const token = await tokenOf(facade);
    expect((await facade.get(list, basic('gabianet', token))).status).toBe(200);
    expect((await facade.get(list, `Basic ${token}`)).status).toBe(200);
  });

  test('says whose it is and when it ends, and nothing of the key', async () => {
    const token = await tokenOf(await kvolFacade(sampleZones));
    const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
    expect(JSON.parse(header ?? '')).toEqual({ alg: 'HS256', iat: expect.any(Number), exp: expect.any(Number) });
    expect(JSON.parse(payload ?? '')).toEqual({ username: name });
  });

  test('is good for ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 });
    const facade = await kvolFacade(sampleZones);
    const token = basic('gabianet', await tokenOf(facade));
    vi.setSystemTime(1_700_000_000_000 + (tokenLasts - 1) * 1000);
    expect((await facade.get(list, token)).status).toBe(200);
    vi.setSystemTime(1_700_000_000_000 + tokenLasts * 1000);
    expect(await facade.get(list, token)).toMatchObject({
      status: 401,
      body: { message: 'the token has expired: get a new one from /api/token' },
    });
  });

  test('is not good any more when the key was changed', async () => {
    const token = await tokenOf(await kvolFacade(sampleZones));
    const facade = await kvolFacade(sampleZones, { proof: 'another-key-that-is-long-enough-0123456789' });
    expect(await facade.get(list, basic('gabianet', token))).toMatchObject({
      status: 401,
      body: { message: 'the token is not valid: get one from /api/token' },
    });
  });

  test.each([
    ['none', undefined],
    ['another user', basic('admin', 'x')],
    ['name and key instead of one', basic(name, key)],
    ['something that is no token', basic('gabianet', 'a.b.c')],
    ['one without a signature', basic('gabianet', signToken(name, Buffer.from(key), 4e9).replace(/[^.]*$/, ''))],
    ['one of another key', basic('gabianet', signToken(name, Buffer.from('x'.repeat(40)), 4e9))],
    ['one of another name', basic('gabianet', signToken('nobody', Buffer.from(key), 4e9))],
    ['a header that says nothing', 'Basic'],
  ])('is asked for from a caller with %s', async (_what, authorization) => {
    const { get } = await kvolFacade(sampleZones);
    const { status, headers } = await get(list, authorization);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Basic realm="kvol"');
  });

  test('of which anything was changed is none', () => {
    const token = signToken(name, Buffer.from(key), 1000);
    const [header = '', , signature = ''] = token.split('.');
    const other = Buffer.from(JSON.stringify({ username: 'admin' })).toString('base64url');
    const forged = readToken(`${header}.${other}.${signature}`);
    expect(forged?.name).toBe('admin');
    expect(forged === undefined || isSignedWith(forged, Buffer.from(key))).toBe(false);
  });

  test.each([
    ['nothing', undefined],
    ['a wrong key', basic(name, `${key}x`)],
    ['an unknown name', basic('nobody', key)],
  ])('is not given for %s', async (_what, authorization) => {
    const { get } = await kvolFacade(sampleZones);
    expect((await get('/api/token', authorization)).status).toBe(401);
  });
});

function read(data: Readonly<Record<string, string>>): ReturnType<typeof kvolKind.read> {
  return kvolKind.read((field) => data[field]);
}

describe('a credential', () => {
  test('that is made can be read', () => {
    const made = kvolKind.make();
    expect(read(made.data)).toEqual({ index: made.data['name'], proof: Buffer.from(made.secret) });
    expect(made.use).toContain(basic(made.data['name'] ?? '', made.secret));
  });

  test.each([
    [{ key }, 'name is not'],
    [{ name: 'a b', key }, 'name is not'],
    [{ name }, 'key is not'],
    [{ name, key: 'short' }, 'key is not'],
  ])('with %j says what is wrong', (data, problem) => {
    expect(read(data)).toContain(problem);
  });
});
