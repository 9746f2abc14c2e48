import { describe, expect, test } from 'vitest';

import { allGroupsOf, callerFrom } from '../../../../apiserver/auth/identity.ts';

const robot = 'system:serviceaccount:ops:robot';
const accountGroups = ['system:serviceaccounts', 'system:serviceaccounts:ops'];

describe('a caller known by a token of the API server', () => {
  test.each([
    ['ann', ['ops', 'system:authenticated'], ['ops']],
    ['ann', ['system:authenticated'], []],
    [robot, [...accountGroups, 'system:authenticated'], []],
    // With a further group the API server adds none, so that all have to be sent.
    [robot, [...accountGroups, 'ops', 'system:authenticated'], [...accountGroups, 'ops']],
    ['kube-admin', ['system:masters', 'system:authenticated'], ['system:masters']],
    ['mallory', ['system:serviceaccounts:ops'], ['system:serviceaccounts:ops']],
  ])('%s with the groups %j is impersonated with %j', (user, groups, expected) => {
    expect(callerFrom(user, groups)).toEqual({ user, groups: expected });
  });
});

describe('all groups of a caller', () => {
  test.each([
    [{ user: 'ann', groups: ['ops'] }, ['ops', 'system:authenticated']],
    [{ user: robot, groups: [] }, [...accountGroups, 'system:authenticated']],
    [{ user: robot, groups: ['ops'] }, ['ops', 'system:authenticated']],
  ])('of %j are %j, as the API server counts them', (caller, expected) => {
    expect(allGroupsOf(caller)).toEqual(expected);
  });
});
