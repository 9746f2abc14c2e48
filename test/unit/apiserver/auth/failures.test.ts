import { describe, expect, test } from 'vitest';

import { FailureLimit } from '../../../../apiserver/auth/failures.ts';

describe('the limit on failures', () => {
  test('begins after so many failures and ends with the window', () => {
    const limit = new FailureLimit(2, 1000);
    limit.failed('a', 0);
    expect(limit.blockedFor('a', 0)).toBe(0);
    limit.failed('a', 400);
    expect(limit.blockedFor('a', 400)).toBe(600);
    expect(limit.blockedFor('b', 400)).toBe(0);
    expect(limit.blockedFor('a', 1000)).toBe(0);
  });

  test('counts anew in a new window', () => {
    const limit = new FailureLimit(2, 1000);
    limit.failed('a', 0);
    limit.failed('a', 1);
    limit.failed('a', 1000);
    expect(limit.blockedFor('a', 1000)).toBe(0);
    limit.failed('a', 1001);
    expect(limit.blockedFor('a', 1001)).toBe(999);
  });

  test('forgets the oldest caller when there are ten thousand others', () => {
    const limit = new FailureLimit(1, 1000);
    limit.failed('first', 0);
    for (let caller = 0; caller < 9999; caller += 1) limit.failed(String(caller), 0);
    expect(limit.blockedFor('first', 0)).toBe(1000);
    limit.failed('one more', 0);
    expect(limit.blockedFor('first', 0)).toBe(0);
    expect(limit.blockedFor('one more', 0)).toBe(1000);
  });
});
