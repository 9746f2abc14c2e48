import { assert, bigInt, property, string } from 'fast-check';
import { expect, test } from 'vitest';

import { isOlder } from '../../../kube/versions.ts';

test('resourceVersions are compared as numbers of any length', () => {
  const version = bigInt({ min: 1n, max: 10n ** 40n });
  assert(
    property(version, version, (a, b) => {
      expect(isOlder(String(a), String(b))).toBe(a < b);
    }),
  );
});

test('what is not a number is older than nothing, and nothing is older than it', () => {
  const odd = string().filter((text) => !/^[1-9][0-9]*$/.test(text));
  assert(
    property(odd, (text) => {
      expect([isOlder(text, '5'), isOlder('5', text)]).toEqual([false, false]);
    }),
  );
  expect(isOlder('', '1')).toBe(false);
  expect(isOlder('007', '8')).toBe(false);
});
