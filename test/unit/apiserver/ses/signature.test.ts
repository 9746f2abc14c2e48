import { describe, expect, test } from 'vitest';

import { signatureKind } from '../../../../apiserver/ses/signature-kind.ts';
import { signatureOf } from '../../../../apiserver/ses/signature.ts';
import { accessKey, sampleTime, secretKey, sesFacade, signed } from './app.ts';
import { path } from './sample.ts';

const asked = { serviceGroupInstanceNo: '1' };
const fiveMinutes = 300_000;

test.each([
  ['POST', 'aAxldHOQY+IebHu5iFmFk1XLJFlbpftuwEu6BcrtW28='],
  ['GET', '89CwNtJJGShsXtFovQf5uiKSKTc2l0tpcTkyQ0Rem/E='],
])('a %s is signed over method, path, time and access key', (method, signature) => {
  const call = { method, uri: path, timestamp: String(sampleTime), accessKey };
  expect(signatureOf(call, 'test-secret-key').toString('base64')).toBe(signature);
});

describe('a call is let in', () => {
  test.each([
    ['signed just now', signed(path)],
    ['whose clock is nearly five minutes behind', signed(path, { timestamp: String(sampleTime - fiveMinutes + 1) })],
    ['whose clock is nearly five minutes ahead', signed(path, { timestamp: String(sampleTime + fiveMinutes - 1) })],
  ])('%s', async (_, headers) => {
    const { call } = await sesFacade();
    expect(await call(path, asked, headers)).toMatchObject({ status: 404, body: { code: 404 } });
  });

  test('with a query, which is signed too', async () => {
    const { call } = await sesFacade();
    expect(await call(`${path}?a=b`, asked)).toMatchObject({ status: 404, body: { code: 404 } });
    expect(await call(`${path}?a=b`, asked, signed(path))).toMatchObject({ status: 401 });
  });
});

describe('a signature that leaves the query out', () => {
  const url = `${path}?a=b`;

  test('is taken where the operator has said so, as is one with it', async () => {
    const { call } = await sesFacade([], { takesUnsignedQuery: true });
    for (const headers of [signed(path), signed(url)])
      expect(await call(url, asked, headers)).toMatchObject({ status: 404, body: { code: 404 } });
    expect(await call(url, asked, signed('/api/v2/cluster/other'))).toMatchObject({ status: 401 });
  });
});

const without = (name: string): object =>
  Object.fromEntries(Object.entries(signed(path)).filter(([header]) => header !== name));

const missing = 'Authentication information are missing.';
const wrong = 'Invalid authentication information.';

describe('a call is refused', () => {
  test.each([
    ['without any of the headers', {}, missing],
    ['without the signature', without('x-ncp-apigw-signature-v2'), missing],
    ['without the time', without('x-ncp-apigw-timestamp'), missing],
    ['five minutes old', signed(path, { timestamp: String(sampleTime - fiveMinutes) }), wrong],
    ['from five minutes ahead', signed(path, { timestamp: String(sampleTime + fiveMinutes) }), wrong],
    ['whose time is no number', signed(path, { timestamp: '1e12' }), wrong],
    ['with another secret key', signed(path, { secret: 'another-secret-key' }), wrong],
    ['with an access key that is nobody’s', signed(path, { key: 'nobodys-access-key' }), wrong],
    ['signed for another method', signed(path, { method: 'GET' }), wrong],
    ['signed for another path', signed('/api/jpn-v2/cluster/getRollingUpgradeProgress'), wrong],
    [
      'with a signature that was cut',
      { ...signed(path), 'x-ncp-apigw-signature-v2': 'XFS2MSpvTMQZNVTtvymIzMwNeQ' },
      wrong,
    ],
    [
      'with another time than the one that was signed',
      { ...signed(path), 'x-ncp-apigw-timestamp': String(sampleTime + 1) },
      wrong,
    ],
  ])('%s', async (_, headers, details) => {
    const { call, logged } = await sesFacade();
    const { status, body, headers: answered } = await call(path, asked, headers);
    expect({ status, body }).toEqual({
      status: 401,
      body: { error: { errorCode: '200', message: 'Authentication Failed', details } },
    });
    expect(answered['x-ncp-trace-id']).toBe(answered['x-request-id']);
    expect(logged()).not.toContain(secretKey);
  });

  test('after too many wrong ones, for a while', async () => {
    const { call } = await sesFacade();
    const bad = signed(path, { secret: 'another-secret-key' });
    const answers = [];
    for (let tries = 0; tries < 25; tries += 1) answers.push(await call(path, asked, bad));
    expect(answers.at(-1)).toMatchObject({
      status: 429,
      body: { error: { errorCode: '420', message: 'Rate Limited' } },
    });
    expect(await call(path, asked)).toMatchObject({ status: 404, body: { code: 404 } });
  });
});

const read = (data: Readonly<Record<string, string>>): unknown => signatureKind.read((key) => data[key]);

describe('a credential', () => {
  test('is found by its access key, and holds the secret key', () => {
    const known = read({ accessKey, secretKey: `${secretKey}\n` });
    expect(known).toEqual({ index: accessKey, proof: Buffer.from(secretKey) });
  });

  test.each([
    ['an access key that is no word', { accessKey: 'a b', secretKey }],
    ['a secret key that is short', { accessKey, secretKey: 'short' }],
    ['neither', {}],
  ])('with %s is none', (_, data) => {
    const problem = read(data);
    expect(problem).toEqual(expect.any(String));
    expect(problem).not.toContain('short:');
  });

  test('that is made can be used', () => {
    const { data, secret, use } = signatureKind.make();
    expect(read(data)).toMatchObject({ index: data['accessKey'] });
    expect(use).toContain(secret);
  });
});
