import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { hostFolder } from '../hosts/hosts.ts';
import { findIn } from '../integration/secrets-places.ts';
import { Installation } from './installation.ts';
import { placesOf } from './places.ts';
import { Site } from './site.ts';
import { holding, marking, Tasks } from './tasks.ts';

const work = 'jobs';
const site = new Site(inject('e2e'));
const installation = new Installation(site, [work]);
const tasks = new Tasks(site, work);
const hosts = site.e2e.hosts.map(({ address }) => address);
const everyAddress = site.e2e.hosts.flatMap(({ addresses }) => addresses);
const patience = { timeout: 120_000, interval: 500 };

/** Fails where the pod has the token of a service account. */
const withoutToken = `- ansible.builtin.stat: { path: /var/run/secrets/kubernetes.io/serviceaccount/token }
  delegate_to: localhost
  register: token
- ansible.builtin.assert: { that: not token.stat.exists }
  delegate_to: localhost
`;

async function names(kind: string, selector: string): Promise<readonly string[]> {
  const text = await site.kubectl(['get', kind, '--namespace', work, '--selector', selector, '-o', 'name']);
  return text.split('\n').filter((name) => name !== '');
}

describe('A task that runs as a Job', () => {
  beforeAll(() => installation.begin());
  afterAll(() => installation.end());

  test('works on three machines without a token, and is held until its end is recorded', async () => {
    await tasks.hold('three', hosts, { content: `${holding('three')}${withoutToken}` });
    const name = await tasks.jobName('three');
    const [job, pod] = [await tasks.job('three'), await tasks.pod('three')];
    expect(job.finalizers).toContain('fleetwright.io/run');
    expect(pod.finalizers).toContain('fleetwright.io/run');
    expect(JSON.stringify(pod.raw.spec?.volumes)).not.toContain('serviceAccountToken');
    expect(await names('configmap', `fleetwright.io/run`)).toEqual([`configmap/${name}`]);

    await tasks.letGo('three');
    await tasks.succeeded('three');
    const { status, message } = await tasks.get('three');
    expect(status).toMatchObject({ phase: 'Succeeded', summary: { total: 3, changed: 3, failed: 0, unreachable: 0 } });
    expect(message).toBe('3 hosts: 3 changed');
    expect((await tasks.marks('three')).toSorted()).toEqual(hosts.toSorted());

    await site.kubectl(['wait', '--namespace', work, '--for=condition=Complete', '--timeout=120s', `job/${name}`]);
    await expect
      .poll(
        async () => [
          (await tasks.job('three')).finalizers,
          (await tasks.pods('three')).map(({ finalizers }) => finalizers),
        ],
        patience,
      )
      .toEqual([[], [[]]]);
    expect(await names('configmap', 'fleetwright.io/run')).toEqual([]);
    const log = await site.kubectl(['logs', '--namespace', work, `job/${name}`]);
    for (const host of hosts) expect(log).toContain(host);
    expect(await names('configmap', 'fleetwright.io/run-log')).toHaveLength(1);
    expect((await tasks.job('three')).raw.spec.ttlSecondsAfterFinished).toBe(3600);
  });

  test('takes Job, pods and logs with it when it is deleted', async () => {
    const { runId } = await tasks.get('three');
    await site.kubectl(['delete', 'agenttask', 'three', '--namespace', work]);
    await expect
      .poll(
        () =>
          Promise.all([
            names('job,pod,configmap', `fleetwright.io/run=${runId}`),
            names('configmap', 'fleetwright.io/run-log'),
          ]),
        patience,
      )
      .toEqual([[], []]);
  });

  test('is stopped when that is asked for', async () => {
    await tasks.hold('stopped', hosts.slice(0, 1));
    const [pod] = await tasks.pods('stopped');
    await site.kubectl([
      'patch',
      'agenttask',
      'stopped',
      '--namespace',
      work,
      '--type=merge',
      '--patch',
      '{"spec":{"stop":true}}',
    ]);
    expect(await tasks.ended('stopped')).toMatchObject({
      phase: 'Stopped',
      reason: 'Stopped',
      status: { hosts: [{ result: 'failed' }] },
    });
    await site.kubectl(['wait', '--namespace', work, '--for=delete', '--timeout=120s', `pod/${pod?.name}`]);
    expect(await tasks.marks('stopped')).toEqual(hosts.slice(0, 1));
  });

  test('tells of a machine that fails and one that cannot be reached', async () => {
    const [first = '', second = ''] = hosts;
    const nobody = first.replace(/\.\d+$/, '.99');
    await tasks.make('mixed', {
      hosts: [first, second, nobody],
      content: `- ansible.builtin.raw: test {{ inventory_hostname }} = ${first}\n`,
    });
    expect(await tasks.ended('mixed')).toMatchObject({
      phase: 'PartlySucceeded',
      reason: 'HostsFailed',
      status: {
        hosts: [
          { name: first, result: 'changed' },
          { name: second, result: 'failed' },
          { name: nobody, result: 'unreachable' },
        ],
      },
    });
    expect((await tasks.job('mixed')).conditions).toContain('Failed');
  });

  test.runIf(everyAddress.length > hosts.length).each([
    { shardSize: 20, pods: 3 },
    { shardSize: 7, pods: 9 },
  ])('shares 60 machines out to pods, $shardSize each', async ({ shardSize, pods }) => {
    const name = `sixty-${shardSize}`;
    await tasks.make(name, { hosts: everyAddress, content: marking(name), forks: 12, job: { shardSize } });
    await tasks.succeeded(name);
    const { status } = await tasks.get(name);
    expect(status.summary).toMatchObject({ total: 60, changed: 60 });
    expect(status.hosts?.map((host) => host.name)).toEqual(everyAddress);
    expect((await tasks.marks(name)).toSorted()).toEqual(everyAddress.toSorted());
    const made = await tasks.pods(name);
    expect(made).toHaveLength(pods);
    expect(new Set(made.map(({ node }) => node)).size).toBeGreaterThan(1);
  });

  test('leaves neither keys nor what content keeps to itself anywhere', async () => {
    const [planted, secret] = [
      `planted-${randomBytes(12).toString('hex')}`,
      `secret-${randomBytes(12).toString('hex')}`,
    ];
    await tasks.write('secret', `${secret}\n`);
    const content = `- ansible.builtin.raw: cat ${hostFolder}/secret
  register: taken
  no_log: true
- ansible.builtin.raw: "echo {{ taken.stdout }} >&2; exit 3"
  no_log: true
  ignore_errors: true
- name: ${planted}
  ansible.builtin.raw: echo ${planted} >&2; exit 3
`;
    await tasks.make('secretive', { hosts, content });
    expect(await tasks.ended('secretive')).toMatchObject({ reason: 'HostsFailed' });
    const keyLine = site.e2e.privateKey.split('\n')[2] ?? '';
    expect(keyLine.length).toBeGreaterThan(30);
    const places = await placesOf(installation);
    // What may be seen is seen in each kind of place, so these are the places.
    const seen = findIn(places, planted).map((place) => place.replace(/:.*/, '').replace(/ on .*/, ''));
    expect([...new Set(seen)]).toEqual(
      expect.arrayContaining(['agenttasks.fleetwright.io', 'configmaps', 'pods', 'log', 'history']),
    );
    expect(findIn(places, secret)).toEqual([]);
    expect(findIn(places, keyLine)).toEqual([]);
  });
});
