import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { Installation } from './installation.ts';
import { system } from './names.ts';
import { Site } from './site.ts';
import { Tasks } from './tasks.ts';

const work = 'upgrade';
const site = new Site(inject('e2e'));
const installation = new Installation(site, [work]);
const tasks = new Tasks(site, work);
const hosts = site.e2e.hosts.map(({ address }) => address);
const keeping = ['--set=crds.keep=true', '--set=history.persistence.keep=true'];

async function controllers(): Promise<readonly string[]> {
  return (await site.pods(system)).filter((pod) => pod.component === 'controllers').map(({ name }) => name);
}

/** Waits until none of those pods is left: helm waits for the new ones only. */
async function gone(pods: readonly string[]): Promise<void> {
  await site.kubectl([
    'wait',
    '--namespace',
    system,
    '--for=delete',
    '--timeout=120s',
    ...pods.map((name) => `pod/${name}`),
  ]);
}

async function uninstall(): Promise<void> {
  await site.helm(['uninstall', 'fleetwright', '--namespace', system, '--wait', '--timeout', '5m']);
  await site.podsGone(system);
}

describe('A task that runs as a Job', () => {
  beforeAll(() => installation.begin());
  afterEach(() => tasks.letAllGo());
  afterAll(() => installation.end());

  test('goes on while Fleetwright is upgraded, and rolled back', async () => {
    await tasks.hold('long', hosts);
    const first = await controllers();
    await installation.helm('upgrade', [
      '--set=controllers.logLevel=debug',
      '--set=jobs.shardSize=5',
      '--set-string=jobs.podLabels.release=second',
    ]);
    await gone(first);
    const second = await controllers();
    await tasks.make('meanwhile', {
      hosts: hosts.slice(0, 1),
      shared: true,
      content: '- ansible.builtin.raw: "true"\n',
    });
    await tasks.succeeded('meanwhile');
    expect((await tasks.pod('meanwhile')).raw.metadata.labels).toMatchObject({ release: 'second' });
    await site.helm(['rollback', 'fleetwright', '1', '--namespace', system, '--wait', '--timeout', '5m']);
    await gone(second);
    expect(await tasks.get('long')).toMatchObject({ phase: 'Running' });
    await tasks.letGo('long');
    await tasks.succeeded('long');
    expect((await tasks.marks('long')).toSorted()).toEqual(hosts.toSorted());
    expect(await tasks.pods('long')).toHaveLength(1);
  });

  test('goes on without Fleetwright, and a later installation tells how it ended', async () => {
    await installation.helm('upgrade', keeping);
    await tasks.hold('kept', hosts);
    const { status: before } = await tasks.get('long');
    await uninstall();
    expect(await tasks.get('kept')).toMatchObject({ phase: 'Running' });
    await tasks.letGo('kept');
    await site.kubectl([
      'wait',
      '--namespace',
      work,
      '--for=condition=Complete',
      '--timeout=240s',
      `job/${await tasks.jobName('kept')}`,
    ]);
    expect(await tasks.get('kept')).toMatchObject({ phase: 'Running' });
    await installation.helm('install', keeping);
    await tasks.succeeded('kept');
    expect((await tasks.get('kept')).status).toMatchObject({ summary: { total: 3, changed: 3 } });
    expect((await tasks.marks('kept')).toSorted()).toEqual(hosts.toSorted());
    expect((await tasks.get('long')).status).toEqual(before);
  });

  test('is gone with all that belongs to it once nothing is kept any more', async () => {
    await installation.helm('upgrade');
    await tasks.hold('under-way', hosts);
    await uninstall();
    const kinds = 'job,pod,configmap,lease.coordination.k8s.io';
    const left = await site.kubectl([
      'get',
      kinds,
      '--all-namespaces',
      '--selector',
      'fleetwright.io/run',
      '-o',
      'name',
    ]);
    expect(left).toBe('');
    expect(await site.remains(work)).toEqual([`secret/hosts-key`]);
  });
});
