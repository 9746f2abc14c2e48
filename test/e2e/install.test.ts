import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { newToken } from '../../apiserver/auth/digest.ts';
import { callerManifests } from '../callers.ts';
import { findIn } from '../integration/secrets-places.ts';
import { Installation } from './installation.ts';
import { system } from './names.ts';
import { placesOf } from './places.ts';
import { viaService } from './rest.ts';
import { Site } from './site.ts';
import { Tasks } from './tasks.ts';

const work = 'work';
const site = new Site(inject('e2e'));
const installation = new Installation(site, [work]);
const tasks = new Tasks(site, work);
const token = newToken();
const powerless = newToken();
const hosts = site.e2e.hosts.map(({ address }) => address);

/** What the API server says to a question about the rights of the facade itself. */
async function mayFacade(verb: string, kind: string, namespace: string): Promise<boolean> {
  const [resource, ...group] = kind.split('.');
  const user = `system:serviceaccount:${system}:fleetwright-facade`;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${system}`, 'system:authenticated'];
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, groups, resourceAttributes: { verb, resource, group: group.join('.'), namespace } },
  };
  const answer: { readonly status: { readonly allowed: boolean } } = JSON.parse(
    await site.kubectl(['create', '-o', 'json', '-f', '-'], JSON.stringify(review)),
  );
  return answer.status.allowed;
}

describe('Fleetwright installed with its chart', () => {
  beforeAll(async () => {
    await installation.begin();
    await site.apply([
      ...callerManifests({
        name: 'e2e',
        token,
        user: 'fleetwright:e2e',
        namespace: system,
        taskNamespaces: [work],
      }),
      ...callerManifests({
        name: 'powerless',
        token: powerless,
        user: 'fleetwright:powerless',
        namespace: system,
        taskNamespaces: [],
      }),
    ]);
  });
  afterAll(() => installation.end());

  test('has all its pods Ready under Pod Security "restricted", the controllers on two nodes', async () => {
    const pods = await site.pods(system);
    const controllers = pods.filter((pod) => pod.component === 'controllers');
    expect(pods.map((pod) => `${pod.component} ${pod.ready ? 'ready' : 'not ready'}`).toSorted()).toEqual([
      'controllers ready',
      'controllers ready',
      'facade ready',
    ]);
    expect(new Set(controllers.map((pod) => pod.node)).size).toBe(2);
  });

  test('answers REST calls through its Service and runs what they ask for', async () => {
    const made = await viaService(
      site,
      '/api/run',
      { name: 'by rest', nodes: hosts, tasks: [{ command: 'true' }] },
      token,
    );
    expect(made).toMatchObject({ status: 200, body: { code: 0, content: { id: expect.any(Number) } } });
    await site.kubectl([
      'wait',
      '--namespace',
      work,
      '--for=condition=Succeeded',
      '--timeout=180s',
      'agenttask',
      '--all',
    ]);
    await expect(viaService(site, '/api/check', { name: 'by rest' }, token)).resolves.toMatchObject({
      status: 200,
      body: { code: 0, content: { status: 2 } },
    });
  });

  test('refuses a caller without a token', async () => {
    await expect(viaService(site, '/api/check', {})).resolves.toMatchObject({ status: 401 });
  });

  test('gives a caller without rights what Kubernetes says, and makes nothing for him', async () => {
    const before = await site.kubectl(['get', 'agenttasks', '--all-namespaces', '-o', 'name']);
    const answer = await viaService(
      site,
      '/api/run',
      { name: 'not allowed', nodes: hosts, tasks: [{ command: 'true' }] },
      powerless,
    );
    expect(answer).toMatchObject({ status: 403, body: { message: expect.stringContaining('fleetwright:powerless') } });
    await expect(viaService(site, '/api/check', { name: 'by rest' }, powerless)).resolves.toMatchObject({
      status: 403,
    });
    expect(await site.kubectl(['get', 'agenttasks', '--all-namespaces', '-o', 'name'])).toBe(before);
  });

  test('lets the facade itself make no pods and read no Secrets but those of its own namespace', async () => {
    const asked: readonly (readonly [string, string, string])[] = [
      ['create', 'pods', work],
      ['create', 'pods', system],
      ['create', 'jobs.batch', work],
      ['get', 'secrets', work],
      ['list', 'secrets', work],
      ['get', 'secrets', 'kube-system'],
      ['create', 'agenttasks.fleetwright.io', work],
    ];
    const allowed = [];
    for (const [verb, resource, namespace] of asked) {
      if (await mayFacade(verb, resource, namespace)) allowed.push(`${verb} ${resource} in ${namespace}`);
    }
    expect(allowed).toEqual([]);
    // So that it could be otherwise.
    expect(await mayFacade('list', 'secrets', system)).toBe(true);
  });

  test('keeps the tokens of its callers to itself', async () => {
    const places = await placesOf(installation);
    expect(findIn(places, 'fleetwright:e2e')).not.toEqual([]);
    expect([token, powerless].flatMap((secret) => findIn(places, secret))).toEqual([]);
  });

  test('leaves no task, Job, kind, right or pod behind when it is uninstalled without keeping the kinds', async () => {
    // Something for it to end: a run under way, and its finalizers.
    await tasks.hold('under-way', hosts.slice(0, 1));
    await site.helm(['uninstall', 'fleetwright', '--namespace', system, '--wait', '--timeout', '5m']);
    await site.podsGone(system);
    expect(await site.remains(work)).toEqual([
      expect.stringMatching(/^role/),
      expect.stringMatching(/^role/),
      'secret/hosts-key',
    ]);
    // The counter stays so that no id is given twice by a later installation. The programs made the leases; their
    // owner's credentials are his.
    expect(await site.remains(system)).toEqual([
      'configmap/fleetwright-agenttask-ids',
      'lease.coordination.k8s.io/fleetwright-agenttask-ids',
      'lease.coordination.k8s.io/fleetwright-controllers',
      'lease.coordination.k8s.io/fleetwright-history',
      'secret/credential-e2e-1',
      'secret/credential-powerless-1',
    ]);
  });
});
