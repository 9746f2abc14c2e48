import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { credentialManifests, newToken } from '../../apiserver/auth/credential-manifests.ts';
import { Site } from './site.ts';

const system = 'fleetwright-system';
const work = 'work';
const site = new Site(inject('e2e'));
const token = newToken();

/** A program for the controllers' pod that makes one call to the facade through its Service and prints the answer. */
function call(path: string, body: object): readonly string[] {
  const headers = { authorization: `Bearer ${token}`, 'x-correlation-id': 'e2e-1', 'x-resource': 'e2e' };
  const program = `const [url, init] = JSON.parse(process.argv[1]);
    const answer = await fetch(url, init);
    console.log(JSON.stringify({ status: answer.status, body: await answer.json() }));`;
  const request = [`http://${site.serviceAddress}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }];
  return ['node', '--input-type=module', '--eval', program, JSON.stringify(request)];
}

async function viaService(path: string, body: object): Promise<unknown> {
  return JSON.parse(await site.kubectl(['exec', '--namespace', system, 'deploy/fleetwright-controllers', '--', ...call(path, body)]));
}

function task(name: string, hosts: readonly string[], command = 'uname -n'): object {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { name, namespace: work },
    spec: {
      hosts,
      user: 'root',
      credentialsSecretRef: { name: 'hosts-key' },
      content: `- ansible.builtin.command: ${command}\n`,
    },
  };
}

describe('Fleetwright installed with its chart', () => {
  beforeAll(async () => {
    await site.makeNamespaces([system, work]);
    await site.apply([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'hosts-key', namespace: work },
        stringData: { 'ssh-privatekey': site.e2e.privateKey, known_hosts: site.e2e.knownHosts },
      },
      ...(site.e2e.kind === 'local' ? [site.historyVolume()] : []),
    ]);
    await site.helm(['install', 'fleetwright', site.chart, '--namespace', system, '--wait', '--timeout', '5m', ...site.values(work)]);
    await site.apply(credentialManifests({ name: 'e2e', token, user: 'fleetwright:e2e', namespace: system, taskNamespaces: [work] }));
    site.serviceAddress = await site.kubectl(['get', 'service', 'fleetwright-facade', '--namespace', system, '-o', 'jsonpath={.spec.clusterIP}:{.spec.ports[0].port}']);
  });
  afterAll(async () => {
    await site.removeNamespaces([system, work]);
  });

  test('has all its pods Ready under Pod Security "restricted", the controllers on two nodes', async () => {
    const pods = await site.pods(system);
    const controllers = pods.filter((pod) => pod.component === 'controllers');
    expect(pods.map((pod) => `${pod.component} ${pod.ready ? 'ready' : 'not ready'}`).toSorted()).toEqual(['controllers ready', 'controllers ready', 'facade ready']);
    expect(new Set(controllers.map((pod) => pod.node)).size).toBe(2);
  });

  test('runs an AgentTask on three machines by SSH', async () => {
    await site.apply([task('three', site.e2e.hosts.map((host) => host.address))]);
    await site.kubectl(['wait', '--namespace', work, '--for=condition=Succeeded', '--timeout=180s', 'agenttask/three']);
    const status = await site.status(work, 'three');
    expect(status).toMatchObject({ phase: 'Succeeded', summary: { total: 3, changed: 3, failed: 0, unreachable: 0 } });
  });

  test('answers REST calls through its Service and runs what they ask for', async () => {
    const nodes = site.e2e.hosts.map((host) => host.address);
    const made = await viaService('/api/run', { name: 'by rest', nodes, tasks: [{ command: 'true' }] });
    expect(made).toMatchObject({ status: 200, body: { code: 0, content: { id: expect.any(Number) } } });
    await site.kubectl(['wait', '--namespace', work, '--for=condition=Succeeded', '--timeout=180s', 'agenttask', '--all']);
    await expect(viaService('/api/check', { name: 'by rest' })).resolves.toMatchObject({ status: 200, body: { code: 0, content: { status: 2 } } });
  });

  test('refuses a caller without a token', async () => {
    const program = `console.log((await fetch('http://${site.serviceAddress}/api/check', { method: 'POST', body: '{}' })).status)`;
    const status = await site.kubectl(['exec', '--namespace', system, 'deploy/fleetwright-controllers', '--', 'node', '--input-type=module', '--eval', program]);
    expect(status.trim()).toBe('401');
  });

  test('goes on with another controller when the pod that leads is deleted by force', async () => {
    const leader = await site.leader(system);
    if (leader === undefined) throw new Error('no pod of the controllers says that it leads');
    await site.kubectl(['delete', 'pod', '--namespace', system, '--grace-period=0', '--force', leader]);
    await site.apply([task('after-the-leader', site.e2e.hosts.slice(0, 1).map((host) => host.address))]);
    await site.kubectl(['wait', '--namespace', work, '--for=condition=Succeeded', '--timeout=180s', 'agenttask/after-the-leader']);
    expect(await site.leader(system)).not.toBe(leader);
  });

  test('leaves no task, kind, right or pod behind when it is uninstalled without keeping the kinds', async () => {
    // Something for it to end: a run under way, and its finalizers.
    await site.apply([task('under-way', site.e2e.hosts.slice(0, 1).map((host) => host.address), 'sleep 600')]);
    await site.kubectl(['wait', '--namespace', work, '--for=jsonpath={.status.phase}=Running', '--timeout=60s', 'agenttask/under-way']);
    await site.helm(['uninstall', 'fleetwright', '--namespace', system, '--wait', '--timeout', '5m']);
    await site.podsGone(system);
    // The counter stays so that no id is given twice by a later installation. The programs made the leases; their owner's credential is his.
    expect(await site.remains(system)).toEqual([
      'configmap/fleetwright-agenttask-ids',
      'lease.coordination.k8s.io/fleetwright-controllers',
      'lease.coordination.k8s.io/fleetwright-history',
      expect.stringMatching(/^secret\/credential-e2e/),
    ]);
  });
});
