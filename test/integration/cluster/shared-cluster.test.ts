import { describe, expect, test } from 'vitest';
import type { KubectlResult } from '../../cluster/kubectl.ts';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';

const cluster = testCluster();
const { kubectl } = cluster;
const success: unknown = expect.objectContaining({ code: 0 });

describe.skipIf(!cluster.owned)(
  'the cluster that tests share (skipped with a cluster of the user: its nodes are not pretended)',
  () => {
    test('has three nodes that become Ready, in three zones', async () => {
      // Other files have nodes of their own in it, which may be there and not ready at any moment.
      const own = ['node/node-a', 'node/node-b', 'node/node-c'];
      expect(await kubectl(['wait', '--for=condition=Ready', ...own, '--timeout=60s'])).toEqual(success);
      const zones = await kubectl([
        'get',
        ...own,
        String.raw`-o=jsonpath={.items[*].metadata.labels.topology\.kubernetes\.io/zone}`,
      ]);
      expect(zones.stdout.split(' ')).toEqual(['zone-a', 'zone-b', 'zone-c']);
    });

    test('schedules a Deployment, whose pods become Ready and can be evicted', async () => {
      const namespace = await uniqueNamespace();
      const inNamespace = (...args: readonly string[]): Promise<KubectlResult> => kubectl(['-n', namespace, ...args]);
      await inNamespace('create', 'deployment', 'web', '--image=none', '--replicas=3');
      expect(await inNamespace('rollout', 'status', 'deployment/web', '--timeout=60s')).toEqual(success);

      const pod = (await inNamespace('get', 'pods', '-o=jsonpath={.items[0].metadata.name}')).stdout;
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } };
      const path = `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`;
      expect(await kubectl(['create', '--raw', path, '-f', '-'], { input: JSON.stringify(eviction) })).toEqual(success);
      expect(await inNamespace('wait', '--for=delete', `pod/${pod}`, '--timeout=60s')).toEqual(success);
      expect(await inNamespace('rollout', 'status', 'deployment/web', '--timeout=60s')).toEqual(success);
    });

    test('runs a Job to its end', async () => {
      const namespace = await uniqueNamespace();
      await kubectl(['-n', namespace, 'create', 'job', 'once', '--image=none']);
      expect(await kubectl(['-n', namespace, 'wait', '--for=condition=Complete', 'job/once', '--timeout=60s'])).toEqual(
        success,
      );
    });
  },
);

describe('a unique namespace', () => {
  let used = '';

  test('can be used at once', async () => {
    used = await uniqueNamespace();
    expect(await kubectl(['-n', used, 'create', 'configmap', 'here'])).toEqual(success);
  });

  test('is gone after its test', async () => {
    expect(used).toMatch(/^test-/);
    expect(await kubectl(['wait', '--for=delete', `namespace/${used}`, '--timeout=60s'])).toEqual(success);
  });
});
