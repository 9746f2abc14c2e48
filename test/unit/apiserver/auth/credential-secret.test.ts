import { describe, expect, test } from 'vitest';

import { bearerKind } from '../../../../apiserver/auth/bearer-kind.ts';
import { digestOf } from '../../../../apiserver/auth/digest.ts';
import { readCredential, type Credential } from '../../../../apiserver/auth/credential-secret.ts';
import type { Secret } from '../../../../kube/builtin.ts';
import { secretOf, sha256, token } from './secrets.ts';

/** How the caller with the token is known. */
const known = { index: digestOf(token).toString('latin1'), proof: digestOf(token) };

function read(secret: Secret): Credential | string {
  return readCredential(secret, bearerKind);
}

describe('a Secret with a credential', () => {
  test('names a token by its digest, a user and groups, one a line', () => {
    expect(read(secretOf({ groups: 'ops\r\n\n web \n' }))).toEqual({
      ...known,
      caller: { user: 'ann', groups: ['ops', 'web'] },
    });
  });

  test('may hold the token itself, and line ends as editors leave them', () => {
    expect(read(secretOf({ tokenSHA256: undefined, token: `${token}\n`, user: 'ann\n' }))).toEqual({
      ...known,
      caller: { user: 'ann', groups: [] },
    });
    expect(read(secretOf({ tokenSHA256: `${sha256(token).toUpperCase()}\n` }))).toMatchObject(known);
  });

  test('may name a service account', () => {
    expect(read(secretOf({ user: 'system:serviceaccount:ops:robot' }))).toMatchObject({
      caller: { user: 'system:serviceaccount:ops:robot' },
    });
  });

  test.each([
    [{ user: undefined }, 'user "" cannot be used: it is empty'],
    [{ user: 'ann\nbob' }, 'user "ann\\nbob" cannot be used'],
    [{ user: ' ann' }, 'user " ann" cannot be used'],
    [{ user: 'system:admin' }, 'names that begin with "system:" belong to Kubernetes'],
    [{ user: 'system:serviceaccount:ops:' }, 'names that begin with "system:" belong to Kubernetes'],
    [{ user: 'system:serviceaccount:ops:a:b' }, 'names that begin with "system:" belong to Kubernetes'],
    [{ groups: 'ops\nsystem:masters' }, 'group "system:masters" cannot be used'],
    [{ groups: 'system:serviceaccounts' }, 'group "system:serviceaccounts" cannot be used'],
    [
      { user: 'system:serviceaccount:ops:robot', groups: 'ops' },
      'group "ops" cannot be used: a service account has groups of its own',
    ],
    [{ tokenSHA256: undefined }, 'it has neither tokenSHA256 nor token'],
    [{ token }, 'it has both tokenSHA256 and token'],
    [{ tokenSHA256: 'abc' }, 'tokenSHA256 is not 64 hexadecimal digits'],
    [{ tokenSHA256: undefined, token: 'short' }, 'token is not 32 to 1024 letters'],
    [{ tokenSHA256: undefined, token: `${token} two words` }, 'token is not 32 to 1024 letters'],
  ])('with %j cannot be used, and the reason is said without the token', (data, expected) => {
    const problem = read(secretOf(data));
    expect(problem).toContain(expected);
    expect(problem).not.toContain('short');
    expect(problem).not.toContain(token);
  });

  test('of another type cannot be used', () => {
    expect(read(secretOf({}, 'a', 'Opaque'))).toContain('its type is Opaque');
  });
});
