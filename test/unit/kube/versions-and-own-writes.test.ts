import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { OwnWrites } from '../../../kube/ownwrites.ts';
import { isOlder } from '../../../kube/versions.ts';

const number = fc.bigInt({ min: 1n, max: 10n ** 40n });

describe('resourceVersions', () => {
  test('compare as the numbers that they are, of whatever length', () => {
    fc.assert(fc.property(number, number, (one, other) => expect(isOlder(String(one), String(other))).toBe(one < other)));
  });

  test('that are no numbers are never older', () => {
    for (const odd of ['', '0', '01', '-1', '1.5', 'abc', '1e3', ' 1']) expect([isOlder(odd, '9'), isOlder('1', odd)]).toEqual([false, false]);
  });
});

function object(resourceVersion: string, uid = 'u') {
  return { metadata: { namespace: 'n', name: 'a', uid, resourceVersion } };
}

describe('the guard over our own writes', () => {
  test('calls a cached object stale until the cache has our write', () => {
    const own = new OwnWrites();
    own.record(object('10'));
    expect([own.isStale(object('9')), own.isStale(object('9'))]).toEqual([true, true]);
    expect(own.isStale(object('10'))).toBe(false);
    // Having seen it once is enough: what is cached now does not go back.
    expect(own.isStale(object('9'))).toBe(false);
  });

  test('lets a later write of somebody else count as having seen ours', () => {
    const own = new OwnWrites();
    own.record(object('10'));
    expect(own.isStale(object('11'))).toBe(false);
  });

  test('calls the object before the one that we made anew stale, and the one that somebody made after ours not', () => {
    const own = new OwnWrites();
    own.record(object('10', 'ours'));
    expect(own.isStale(object('5', 'before'))).toBe(true);
    expect(own.isStale(object('20', 'after'))).toBe(false);
  });

  test('knows nothing of objects that we never wrote, or that are gone', () => {
    const own = new OwnWrites();
    expect(own.isStale(object('1'))).toBe(false);
    own.record(object('10'));
    own.forget('n/a');
    expect(own.isStale(object('9'))).toBe(false);
  });

  test('fails open when versions are no numbers', () => {
    const own = new OwnWrites();
    own.record(object('abc'));
    expect(own.isStale(object('abb'))).toBe(false);
  });
});
