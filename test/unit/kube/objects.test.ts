import { expect, test } from 'vitest';

import { configMaps, leases, namespaces } from '../../../kube/builtin.ts';
import { apiVersionOf, joinKey, resourcePath, splitKey } from '../../../kube/objects.ts';

test.each([
  [{ namespace: 'x', name: 'a' }, 'x/a'],
  [{ name: 'node-1' }, 'node-1'],
])('%o is the key %s, and back', (key, text) => {
  expect(joinKey(key)).toBe(text);
  expect(splitKey(text)).toEqual(key);
});

test('an empty namespace is none', () => {
  expect(joinKey({ namespace: '', name: 'a' })).toBe('a');
});

test('paths follow group, version, scope and subresource', () => {
  expect(resourcePath(configMaps, 'x', 'a')).toBe('/api/v1/namespaces/x/configmaps/a');
  expect(resourcePath(configMaps)).toBe('/api/v1/configmaps');
  expect(resourcePath(leases, 'x', 'a', 'status')).toBe('/apis/coordination.k8s.io/v1/namespaces/x/leases/a/status');
  expect(resourcePath(namespaces, 'ignored', 'x')).toBe('/api/v1/namespaces/x');
  expect([apiVersionOf(configMaps), apiVersionOf(leases)]).toEqual(['v1', 'coordination.k8s.io/v1']);
});

test('a name cannot leave its place in the path', () => {
  expect(resourcePath(configMaps, 'x/y', '../../secrets?watch=1')).toBe('/api/v1/namespaces/x%2Fy/configmaps/..%2F..%2Fsecrets%3Fwatch%3D1');
});
