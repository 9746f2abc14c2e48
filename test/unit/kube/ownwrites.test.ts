import { describe, expect, test } from 'vitest';

import { configMaps, secrets } from '../../../kube/builtin.ts';
import type { KubeObject } from '../../../kube/objects.ts';
import { OwnWrites } from '../../../kube/ownwrites.ts';

function at(resourceVersion: string, uid = 'one', name = 'a'): KubeObject {
  return { metadata: { namespace: 'x', name, uid, resourceVersion } };
}

describe('the guard against acting on a cache that lags behind our own writes', () => {
  test('holds an object back until the cache has our write', () => {
    const writes = new OwnWrites();
    writes.record(configMaps, at('100'));
    expect(writes.isStale(configMaps, at('99'))).toBe(true);
    expect(writes.isStale(configMaps, at('99'))).toBe(true);
    expect(writes.isStale(configMaps, at('100'))).toBe(false);
  });

  test('lets an object pass that somebody else wrote after us', () => {
    const writes = new OwnWrites();
    writes.record(configMaps, at('99'));
    expect(writes.isStale(configMaps, at('100'))).toBe(false);
  });

  test('holds back no object that we did not write', () => {
    const writes = new OwnWrites();
    writes.record(configMaps, at('100', 'one', 'a'));
    expect(writes.isStale(configMaps, at('5', 'two', 'b'))).toBe(false);
  });

  test('holds back the earlier object of a name that we made anew', () => {
    const writes = new OwnWrites();
    writes.record(configMaps, at('100', 'new'));
    expect(writes.isStale(configMaps, at('90', 'old'))).toBe(true);
    expect(writes.isStale(configMaps, at('100', 'new'))).toBe(false);
  });

  test('tells objects of one name and of different kinds apart', () => {
    const writes = new OwnWrites();
    writes.record(secrets, at('100'));
    expect(writes.isStale(configMaps, at('99'))).toBe(false);
    expect(writes.isStale(secrets, at('99'))).toBe(true);
    writes.record(configMaps, at('100'));
    writes.forget(secrets, 'x/a');
    expect(writes.isStale(configMaps, at('99'))).toBe(true);
  });

  test('forgets an object that is gone', () => {
    const writes = new OwnWrites();
    writes.record(configMaps, at('100'));
    writes.forget(configMaps, 'x/a');
    expect(writes.isStale(configMaps, at('1'))).toBe(false);
  });

  test('fails open when a version is not a number, so that no object is held back for ever', () => {
    const writes = new OwnWrites();
    writes.record(configMaps, at('not-a-number'));
    expect(writes.isStale(configMaps, at('1'))).toBe(false);
  });
});
