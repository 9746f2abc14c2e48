import { expect, test } from 'vitest';

import { messageOf, reportOf } from '../../../kube/thrown.ts';

test('the text of an error is its message, and of anything else that was thrown what it prints as', () => {
  expect([new Error('no disk'), 'no disk', undefined].map(messageOf)).toEqual(['no disk', 'no disk', 'undefined']);
});

test('an expected error is reported by its message, any other one with where it arose', () => {
  const error = new Error('no disk');
  expect(reportOf(error, true)).toBe('no disk');
  expect(reportOf(error, false)).toMatch(/^Error: no disk\n +at .*thrown\.test\.ts/);
  expect(reportOf('no disk', false)).toBe('no disk');
});
