import { expect, test } from 'vitest';

import { basicAuthorization, readCredential } from '../../../../../controllers/shared/outside/credential.ts';
import { outsideTrouble } from '../../../../../controllers/shared/outside/troubles.ts';
import { secrets } from '../../../../../kube/builtin.ts';
import { ModelApi } from '../../../../harness/world/api.ts';
import { ManualClock } from '../../../../harness/world/clock.ts';

const key = { namespace: 'default', name: 'search' };

async function read(data: Readonly<Record<string, string>> | undefined): Promise<unknown> {
  const api = new ModelApi(new ManualClock());
  if (data !== undefined) {
    const base64 = Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString('base64')]);
    api.create(secrets, { metadata: key, data: Object.fromEntries(base64) });
  }
  const client = { get: async (...asked: Parameters<ModelApi['get']>) => api.get(...asked) } as Parameters<
    typeof readCredential
  >[0];
  return readCredential(client, key, 'spec.engine', ['username', 'password'], ['ca.crt']);
}

test('a credential is read with what it may have besides', async () => {
  expect(await read({ username: 'u', password: 'p', other: 'x' })).toEqual({ username: 'u', password: 'p' });
  expect(await read({ username: 'u', password: 'p', 'ca.crt': 'c' })).toHaveProperty(['ca.crt'], 'c');
});

test.for([
  [
    undefined,
    'SecretNotFound',
    'spec.engine: there is no Secret search in namespace default; create it with username and password',
  ],
  [
    { username: 'u' },
    'SecretInvalid',
    'spec.engine: Secret search has no password; it must have username and password',
  ],
] as const)('what is missing is a wait for somebody: %j', async ([data, reason, message]) => {
  const trouble = await read(data).catch(outsideTrouble);
  expect(trouble).toEqual({ reason, message, forSomebody: true });
});

test('a user with a password is a header', () => {
  expect(basicAuthorization('u', 'p')).toEqual({ authorization: 'Basic dTpw' });
});
