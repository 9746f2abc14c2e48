import { expect, test } from 'vitest';
import { clusterKind } from '../../e2e/options.ts';

test.for([
  [undefined, 'local'],
  ['', 'local'],
  ['local', 'local'],
  ['kind', 'kind'],
] as const)('CLUSTER=%s means %s nodes', ([value, kind]) => {
  expect(clusterKind(value === undefined ? {} : { CLUSTER: value })).toBe(kind);
});

test('Another CLUSTER is refused with the two that there are', () => {
  expect(() => clusterKind({ CLUSTER: 'minikube' })).toThrow(/"minikube": use CLUSTER=local .* or CLUSTER=kind/);
});
