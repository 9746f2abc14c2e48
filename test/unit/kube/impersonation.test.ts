import { describe, expect, test } from 'vitest';

import { impersonation, ImpersonationError } from '../../../kube/impersonation.ts';

describe('the headers of an impersonated user', () => {
  test('name the user, and each group by itself', () => {
    expect(impersonation({ user: 'ann', groups: ['ops', 'web, east'] })).toEqual({
      'impersonate-user': 'ann',
      'impersonate-group': ['ops', 'web, east'],
    });
  });

  test('name no group where there is none, so that the API server fills in its own', () => {
    expect(impersonation({ user: 'system:serviceaccount:ops:robot', groups: [] })).toEqual({
      'impersonate-user': 'system:serviceaccount:ops:robot',
    });
  });

  test('carry names beyond ASCII as the bytes of UTF-8', () => {
    const header = impersonation({ user: 'Zoë 李', groups: [] })['impersonate-user'];
    expect(Buffer.from(String(header), 'latin1').toString('utf8')).toBe('Zoë 李');
  });

  test.each([
    '',
    ' ann',
    'ann ',
    'ann\t',
    'ann\r\nImpersonate-Group: system:masters',
    'a\u0000b',
    'a\u007f',
    'half \ud800',
  ])('are refused for the user and the group %j, naming it', (name) => {
    expect(() => impersonation({ user: name, groups: [] })).toThrow(ImpersonationError);
    expect(() => impersonation({ user: name, groups: [] })).toThrow(
      `the user ${JSON.stringify(name)} cannot be impersonated`,
    );
    expect(() => impersonation({ user: 'ann', groups: ['ops', name] })).toThrow(
      `the group ${JSON.stringify(name)} cannot be impersonated`,
    );
  });

  test('are refused when the groups are more than the API server reads', () => {
    const groups = Array.from({ length: 2000 }, (_, index) => `group-${index}-${'x'.repeat(60)}`);
    expect(() => impersonation({ user: 'ann', groups })).toThrow('2000 groups are longer than 128 KiB together');
  });
});
