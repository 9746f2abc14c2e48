import { expect, test } from 'vitest';

import { errorText } from '../../run/error-text.ts';

test('of an error that came from a worker its first line is told, whatever became of the object', () => {
  const message = 'the controllers ended by themselves, exit code 1\nlost the lease';
  const bare: unknown = Object.assign(Object.create(null), { message });
  expect(errorText(bare)).toBe('the controllers ended by themselves, exit code 1');
  expect(errorText(new Error(message))).toBe('the controllers ended by themselves, exit code 1');
});

test('what is no error is told as it is', () => {
  expect(errorText('cut off')).toBe('cut off');
  expect(errorText(Object.create(null))).toBe('[Object: null prototype] {}');
  expect(errorText(undefined)).toBe('undefined');
});
