import { expect, test } from 'vitest';

import { parsePodTemplate } from '../../../controllers/agenttask/executors/job/template.ts';
import type { Role } from '../../../kube/builtin.ts';
import type { Values } from '../../chart/helm.ts';
import { pick, podOf } from '../../chart/rendered.ts';
import { helmForFile } from '../../chart/site.ts';
import { valueSets } from '../../chart/value-sets.ts';

const helm = helmForFile();
const sets = Object.entries(valueSets);
const release = 'fleetwright-controllers';

async function checksum(values: Values): Promise<unknown> {
  return podOf(pick(await helm().template(values), 'Deployment', release)).metadata.annotations[
    'checksum/job-template'
  ];
}

async function guards(executors: readonly string[]): Promise<string> {
  return JSON.stringify(
    (await helm().template({ executors })).filter(({ kind }) => kind === 'ValidatingAdmissionPolicy'),
  );
}

test('in Jobs alone, the controllers have no Ansible, no files of runs and no name of their own', async () => {
  const { spec, metadata } = podOf(pick(await helm().template({}), 'Deployment', release));
  expect(spec.containers.map(({ image }) => image)).toEqual(['fleetwright:0.1.0']);
  expect(spec.hostname).toBeUndefined();
  expect(spec.volumes.map(({ name }) => name)).toEqual(['tmp', 'job-template']);
  expect(metadata.annotations['checksum/job-template']).toMatch(/^[0-9a-f]{64}$/);
  expect(spec.containers[0]?.env).toContainEqual({ name: 'FLEETWRIGHT_EXECUTORS', value: 'job' });
  expect(spec.containers[0]?.env).toContainEqual({ name: 'FLEETWRIGHT_JOB_IMAGE', value: 'fleetwright-runner:0.1.0' });
});

test('beside the controllers alone, these make no Jobs, and with pods do no more than watch and evict', async () => {
  const objects = await helm().template({ executors: ['local'] });
  const { spec, metadata } = podOf(pick(objects, 'Deployment', release));
  expect(spec.containers.map(({ image }) => image)).toEqual(['fleetwright-runner:0.1.0']);
  expect(spec.hostname).toBe(release);
  expect(spec.volumes.map(({ name }) => name)).toEqual(['tmp', 'state']);
  expect(Object.keys(metadata.annotations)).not.toContain('checksum/job-template');
  expect(spec.containers[0]?.env.map(({ name }) => name).filter((name) => name.includes('JOB'))).toEqual([]);
  const rules = pick(objects, 'ClusterRole', 'fleetwright-fleetwright-system-controllers')['rules'] as Role['rules'];
  const verbsOf = (resource: string): readonly string[] =>
    rules.flatMap(({ resources, verbs }) => (resources.includes(resource) ? verbs : []));
  expect(verbsOf('jobs')).toEqual([]);
  expect(verbsOf('pods').toSorted()).toEqual(['list', 'watch']);
  expect(verbsOf('pods/eviction')).toEqual(['create']);
});

test('other pods for tasks make other controllers, which read the template when they start', async () => {
  expect(await checksum({ jobs: { nodeSelector: { zone: 'a' } } })).not.toBe(await checksum({}));
  expect(await checksum({ controllers: { replicas: 3 } })).toBe(await checksum({}));
});

test.each(sets)('the controllers can use the template of %s', async (_name, values) => {
  const objects = await helm().template(values);
  const maps = objects.filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.endsWith('-job-template'));
  const executors = (values['executors'] ?? ['job']) as readonly string[];
  expect(maps).toHaveLength(executors.includes('job') ? 1 : 0);
  for (const { data } of maps) {
    const { metadata = {}, spec = {} } = parsePodTemplate(
      (data as Readonly<Record<string, string>>)['template.yaml'] ?? '',
    );
    const given = (values['jobs'] ?? {}) as {
      readonly podLabels?: object;
      readonly runtimeClassName?: string;
      readonly content?: { readonly volume: object };
    };
    expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'fleetwright', ...given.podLabels });
    expect(spec.runtimeClassName).toBe(given.runtimeClassName);
    expect(spec.volumes?.find(({ name }) => name === 'content')).toEqual(
      given.content === undefined ? undefined : { name: 'content', ...given.content.volume },
    );
    expect(spec.containers?.[0]).toMatchObject({
      name: 'runner',
      resources: { requests: { memory: expect.any(String) } },
    });
  }
});

test('only controllers beside which tasks run may reach hosts', async () => {
  const networkPolicy = { enabled: true, restrictEgress: true };
  const egress = async (values: Values): Promise<string> =>
    JSON.stringify(pick(await helm().template({ networkPolicy, ...values }), 'NetworkPolicy', release)['spec']);
  expect(await egress({})).not.toContain('"port":22');
  expect(await egress({ executors: ['job', 'local'] })).toContain('"port":22');
});

test('the right to run beside the controllers is guarded unless every task has it', async () => {
  expect(await guards(['job', 'local'])).toContain('with executor: local');
  for (const executors of [['job'], ['local'], ['local', 'job']])
    expect(await guards(executors)).not.toContain('with executor: local');
  expect(await guards(['local'])).not.toContain('spec.job.image');
});
