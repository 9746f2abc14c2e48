import { describe, expect, test } from 'vitest';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';

const cluster = testCluster();
const pretended = describe.skipIf(!cluster.owned);

async function ok(args: readonly string[], input?: string): Promise<string> {
  const result = await cluster.kubectl(args, input === undefined ? {} : { input });
  expect(result.stderr + result.stdout, args.join(' ')).not.toMatch(/error/i);
  expect(result.code, args.join(' ')).toBe(0);
  return result.stdout;
}

pretended('the cluster that tests share (skipped with a cluster of the user: its nodes are not pretended)', () => {
  test('has three nodes that become Ready, in three zones', async () => {
    await ok(['wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s']);
    const zones = await ok(['get', 'nodes', String.raw`-o=jsonpath={.items[*].metadata.labels.topology\.kubernetes\.io/zone}`]);
    expect(zones.split(' ')).toEqual(['zone-a', 'zone-b', 'zone-c']);
  });

  test('schedules a Deployment, whose pods become Ready and can be evicted', async () => {
    const namespace = await uniqueNamespace();
    const inNamespace = (...args: readonly string[]): Promise<string> => ok(['-n', namespace, ...args]);
    await inNamespace('create', 'deployment', 'web', '--image=none', '--replicas=3');
    await inNamespace('rollout', 'status', 'deployment/web', '--timeout=60s');
    const pod = (await inNamespace('get', 'pods', '-o=jsonpath={.items[0].metadata.name}')).trim();
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } };
    await ok(['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${pod}/eviction`, '-f', '-'], JSON.stringify(eviction));
    await inNamespace('wait', '--for=delete', `pod/${pod}`, '--timeout=60s');
    await inNamespace('rollout', 'status', 'deployment/web', '--timeout=60s');
  });

  test('runs a Job to its end', async () => {
    const namespace = await uniqueNamespace();
    await ok(['-n', namespace, 'create', 'job', 'once', '--image=none']);
    await ok(['-n', namespace, 'wait', '--for=condition=Complete', 'job/once', '--timeout=60s']);
  });
});

describe('a unique namespace', () => {
  let used = '';

  test('can be used at once', async () => {
    used = await uniqueNamespace();
    await ok(['-n', used, 'create', 'configmap', 'here']);
  });

  test('is gone after its test', async () => {
    expect(used).toMatch(/^test-/);
    await ok(['wait', '--for=delete', `namespace/${used}`, '--timeout=60s']);
  });
});
