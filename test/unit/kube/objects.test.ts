import { describe, expect, test } from 'vitest';

import { leases, namespaces, configMaps } from '../../../kube/builtin.ts';
import { apiVersionOf, joinKey, resourcePath, splitKey } from '../../../kube/objects.ts';

describe('a path of the API', () => {
  test.for([
    [resourcePath(configMaps), '/api/v1/configmaps'],
    [resourcePath(configMaps, 'n'), '/api/v1/namespaces/n/configmaps'],
    [resourcePath(configMaps, 'n', 'a'), '/api/v1/namespaces/n/configmaps/a'],
    [resourcePath(leases, 'n', 'a', 'status'), '/apis/coordination.k8s.io/v1/namespaces/n/leases/a/status'],
    [resourcePath(namespaces, undefined, 'n'), '/api/v1/namespaces/n'],
    [
      resourcePath(configMaps, 'n', '../../secrets/s?x=1'),
      '/api/v1/namespaces/n/configmaps/..%2F..%2Fsecrets%2Fs%3Fx%3D1',
    ],
  ] as const)('%s is %s', ([path, expected]) => {
    expect(path).toBe(expected);
  });
});

test('keys are taken apart as they were put together', () => {
  for (const key of [{ namespace: 'n', name: 'a' }, { name: 'node-1' }]) expect(splitKey(joinKey(key))).toEqual(key);
  expect(joinKey({ namespace: '', name: 'a' })).toBe('a');
});

test('the version of a core kind has no group', () => {
  expect([apiVersionOf(configMaps), apiVersionOf(leases)]).toEqual(['v1', 'coordination.k8s.io/v1']);
});
