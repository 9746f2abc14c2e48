import { expect, test } from 'vitest';
import { tokenLine } from '../../cluster/credentials.ts';

test('a token line holds token, user, uid and the groups as one quoted field', () => {
  expect(tokenLine({ token: 't', user: 'ann', groups: ['a', 'b'] })).toBe('t,ann,ann,"a,b"\n');
  expect(tokenLine({ token: 't', user: 'ann' })).toBe('t,ann,ann\n');
});

test.for([
  { token: '', user: 'ann' },
  { token: 't', user: '' },
  { token: 't', user: 'ann,system:masters' },
  { token: 't', user: 'ann\neve' },
  { token: 't', user: 'ann', groups: ['a"b'] },
])('a user that would make the token file mean something else is refused: %j', (user) => {
  expect(() => tokenLine(user)).toThrow(expect.objectContaining({ code: 'BAD_USAGE' }));
});
