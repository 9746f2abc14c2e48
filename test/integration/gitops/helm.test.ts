import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import type { AgentTask } from '../../../crds/types/agenttask.ts';
import type { Release } from '../../chart/helm.ts';
import { helmForFile } from '../../chart/site.ts';
import type { Ended } from '../../chart/processes.ts';
import type { Spec } from '../agenttask/objects.ts';
import { Site } from '../agenttask/site.ts';

const chart = join(import.meta.dirname, '..', '..', 'gitops', 'chart');
/** Steps that run beside Ansible and need no host. */
const content =
  '- hosts: all\n  gather_facts: false\n  tasks:\n    - assert: {that: healthy, fail_msg: the disk is full}\n';
const helm = helmForFile();
let site: Site;

beforeAll(async () => {
  site = await Site.open();
  await site.controllers.start();
});
afterAll(() => site.close());

async function run(command: 'install' | 'upgrade', name: string, task: Spec): Promise<Ended> {
  const release: Release = { name, namespace: site.namespace, kubeconfigPath: site.cluster.kubeconfigPath };
  return helm().run(
    [command, chart, '--wait', '--timeout=100s', '--values', await helm().valuesFile({ task })],
    release,
  );
}

/** The tasks of a release as they stand at this moment. */
async function tasksOf(release: string): Promise<readonly AgentTask[]> {
  const { items }: { readonly items: readonly AgentTask[] } = JSON.parse(
    await site.must('get', 'agenttasks', '--output=json'),
  );
  return items.filter(({ metadata }) => metadata.name.startsWith(`${release}-`));
}

test('helm install --wait comes back when the task has succeeded; an upgrade runs a changed one again', async () => {
  const task = { hosts: ['web-1.example.com'], content, variables: { healthy: true } };
  expect(await run('install', 'good', task)).toMatchObject({ code: 0 });
  const [first, ...more] = await tasksOf('good');
  expect(more).toEqual([]);
  expect(first?.status).toMatchObject({ phase: 'Succeeded', attempts: 1 });

  expect(await run('upgrade', 'good', task)).toMatchObject({ code: 0 });
  expect((await tasksOf('good')).map(({ metadata }) => metadata.uid)).toEqual([first?.metadata.uid]);

  expect(await run('upgrade', 'good', { ...task, hosts: ['web-2.example.com'] })).toMatchObject({ code: 0 });
  const [second] = await tasksOf('good');
  expect(second?.metadata.uid).not.toBe(first?.metadata.uid);
  expect(second?.status).toMatchObject({ phase: 'Succeeded', attempts: 1 });
});

test('helm install --wait fails with the words of a task that failed', async () => {
  const { code, stderr } = await run('install', 'bad', {
    hosts: ['web-3.example.com'],
    content,
    variables: { healthy: false },
  });
  expect(code).not.toBe(0);
  expect(stderr).toContain('status: Failed, message: 1 host: 1 failed; see status.hosts for web-3.example.com');
});

test('it does not wait for a Secret that is to come: a task without it counts as failed at once', async () => {
  const { code, stderr } = await run('install', 'early', {
    hosts: ['web-4.example.com'],
    content,
    credentialsSecretRef: { name: 'not-there' },
  });
  expect(code).not.toBe(0);
  expect(stderr).toContain('there is no Secret not-there');
});
