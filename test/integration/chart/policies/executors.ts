import { beforeAll, describe, expect, test } from 'vitest';

import { controllers } from '../../../chart/guarded.ts';
import { task } from '../../../chart/run-objects.ts';
import { site } from './site.ts';

const inDefault = ['-n', 'default'];

const pods = { apiGroups: [''], resources: ['pods'], verbs: ['create'] };

beforeAll(async () => {
  const group = 'rbac.authorization.k8s.io';
  const metadata = { name: 'may-create-pods', namespace: 'default' };
  await site().apply([
    { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules: [pods] },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'Role', name: metadata.name },
      subjects: [{ apiGroup: group, kind: 'User', name: 'tenant' }],
    },
  ]);
  await site().inForce(
    async () => site().create('stranger', task('forged', { executor: 'local' })),
    'use executor: job',
  );
}, 300_000);

const image = { job: { image: 'registry.example.com/own:1' } };
const account = { job: { serviceAccountName: 'powerful' } };

describe('who may say in which pods a task runs', () => {
  test.each<[string, string, object, string]>([
    ['an image', 'stranger', image, 'say which pods this task makes'],
    ['a service account', 'stranger', account, 'say which pods this task makes'],
    ['a place beside the controllers', 'stranger', { executor: 'local' }, 'use executor: job'],
    [
      'a place beside the controllers, where pods may be made elsewhere',
      'tenant',
      { executor: 'local' },
      'use executor: job',
    ],
  ])('%s is for those who may make such pods themselves', async (_what, user, spec, message) => {
    expect((await site().create(user, task('own', spec))).stderr).toContain(message);
  });

  test.each<[string, string, object]>([
    ['an image', 'tenant', image],
    ['a service account', 'tenant', account],
    ['a place beside the controllers', 'deployer', { executor: 'local' }],
    ['nothing of the kind', 'stranger', { executor: 'job', job: { shardSize: 5, onDisruption: 'Retry' } }],
    ['what the controllers copy from a split task', controllers, { ...account, executor: 'local' }],
  ])('%s is taken from who may: %s', async (_what, user, spec) => {
    expect((await site().create(user, task('own', spec))).stderr).toBe('');
  });

  test('the right counts where the task is', async () => {
    expect((await site().create('tenant', task('own', image, 'kube-public'))).stderr).toContain(
      'say which pods this task makes',
    );
  });

  test('others may stop and pause such a task, and make it an ordinary one, but not change what it does', async () => {
    await site().apply([
      task('powerful', { ...account, paused: true }),
      task('beside', { executor: 'local', paused: true }),
    ]);
    const powerful = ['agenttask', 'powerful', ...inDefault];
    const beside = ['agenttask', 'beside', ...inDefault];
    for (const resource of [powerful, beside]) {
      expect((await site().patch('stranger', resource, { spec: { stop: true, paused: false } })).stderr).toBe('');
      expect((await site().patch('stranger', resource, { spec: { content: '- hosts: none\n' } })).stderr).toContain(
        'only those who may create pods',
      );
      expect((await site().patch('stranger', resource, { spec: { variables: { a: 1 } } })).stderr).toContain(
        'only those who may create pods',
      );
    }
    expect((await site().patch('stranger', powerful, { spec: { job: null, content: '- hosts: none\n' } })).stderr).toBe(
      '',
    );
    expect((await site().patch('stranger', beside, { spec: { executor: 'job' } })).stderr).toBe('');
    expect((await site().patch('stranger', powerful, { spec: image })).stderr).toContain(
      'say which pods this task makes',
    );
  });
});
