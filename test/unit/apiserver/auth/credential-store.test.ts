import { describe, expect, test } from 'vitest';

import { bearerKind } from '../../../../apiserver/auth/bearer-kind.ts';
import { digestOf, knownBy } from '../../../../apiserver/auth/digest.ts';
import type { Caller } from '../../../../apiserver/auth/caller.ts';
import { CredentialStore } from '../../../../apiserver/auth/credential-store.ts';
import { secretOf, sha256, TestSource, token } from './secrets.ts';

const other = 'another-token-0123456789-0123456789';

interface Warning {
  readonly secret?: string;
  readonly problem?: string;
}

function store(): { readonly source: TestSource; readonly store: CredentialStore; readonly warnings: Warning[] } {
  const source = new TestSource();
  const warnings: Warning[] = [];
  return {
    source,
    store: new CredentialStore(bearerKind, source, {
      warn: (fields: unknown) => void warnings.push(fields as Warning),
    }),
    warnings,
  };
}

function find(credentials: CredentialStore, shown: string): Caller | undefined {
  return credentials.find(knownBy(digestOf(shown)).index)?.caller;
}

describe('the store of credentials', () => {
  test('finds who calls with a token, and nobody for any other', () => {
    const { source, store: credentials } = store();
    source.tell('added', secretOf({ groups: 'ops' }));
    expect(find(credentials, token)).toEqual({ user: 'ann', groups: ['ops'] });
    for (const wrong of ['', token.slice(0, -1), `${token} `, other, sha256(token)])
      expect(find(credentials, wrong)).toBeUndefined();
  });

  test('follows a Secret that is changed and deleted', () => {
    const { source, store: credentials } = store();
    source.tell('added', secretOf());
    source.tell('updated', secretOf({ tokenSHA256: sha256(other), user: 'bob' }));
    expect([find(credentials, token), find(credentials, other)]).toEqual([undefined, { user: 'bob', groups: [] }]);
    source.tell('deleted', secretOf({ tokenSHA256: sha256(other), user: 'bob' }));
    expect(find(credentials, other)).toBeUndefined();
    expect(credentials.counts).toEqual({ usable: 0, broken: 0 });
  });

  test('takes two tokens of one user, so that callers can change over', () => {
    const { source, store: credentials } = store();
    source.tell('added', secretOf());
    source.tell('added', secretOf({ tokenSHA256: sha256(other) }, 'credential-ann-2'));
    expect([token, other].map((each) => find(credentials, each)?.user)).toEqual(['ann', 'ann']);
    source.tell('deleted', secretOf());
    expect([token, other].map((each) => find(credentials, each)?.user)).toEqual([undefined, 'ann']);
  });

  test('keeps to the Secrets of its kind', () => {
    const { source, store: credentials, warnings } = store();
    source.tell('added', secretOf());
    source.tell('added', secretOf({ user: 'bob' }, 'credential-bob-1', undefined, 'other'));
    source.tell('updated', secretOf({ tokenSHA256: 'not-a-digest' }, 'credential-bob-1', undefined, 'other'));
    expect(find(credentials, token)?.user).toBe('ann');
    expect([credentials.counts, warnings]).toEqual([{ usable: 1, broken: 0 }, []]);
    source.tell('updated', secretOf({}, 'credential-ann-1', undefined, 'other'));
    expect(find(credentials, token)).toBeUndefined();
  });

  test('does without a broken Secret, naming it and the problem but not what is in it', () => {
    const { source, store: credentials, warnings } = store();
    source.tell('added', secretOf({ tokenSHA256: 'not-a-digest' }, 'broken'));
    source.tell('added', secretOf());
    expect(find(credentials, token)?.user).toBe('ann');
    expect(credentials.counts).toEqual({ usable: 1, broken: 1 });
    expect(warnings).toEqual([
      {
        secret: 'fleetwright-system/broken',
        problem: expect.stringContaining('tokenSHA256 is not 64 hexadecimal digits'),
      },
    ]);
    expect(JSON.stringify(warnings)).not.toContain('not-a-digest');
  });

  test('lets nobody in any more when a Secret is changed to one that cannot be used', () => {
    const { source, store: credentials } = store();
    source.tell('added', secretOf());
    source.tell('updated', secretOf({ user: 'system:masters' }));
    expect(find(credentials, token)).toBeUndefined();
  });

  test('takes a token for nobody’s while two Secrets name different callers for it', () => {
    const { source, store: credentials, warnings } = store();
    source.tell('added', secretOf());
    source.tell('added', secretOf({ user: 'bob' }, 'credential-bob-1'));
    expect(find(credentials, token)).toBeUndefined();
    expect(warnings).toEqual([
      {
        secret: 'fleetwright-system/credential-bob-1',
        others: ['fleetwright-system/credential-ann-1'],
        problem: expect.stringContaining('the same token'),
      },
    ]);
    source.tell('deleted', secretOf({ user: 'bob' }, 'credential-bob-1'));
    expect(find(credentials, token)?.user).toBe('ann');
  });

  test('takes the same caller twice for one', () => {
    const { source, store: credentials, warnings } = store();
    source.tell('added', secretOf({ groups: 'a\nb' }));
    source.tell('added', secretOf({ groups: 'b\na' }, 'copy'));
    expect(find(credentials, token)?.user).toBe('ann');
    source.tell('deleted', secretOf({ groups: 'a\nb' }));
    expect(find(credentials, token)?.user).toBe('ann');
    expect(warnings).toEqual([]);
  });
});
