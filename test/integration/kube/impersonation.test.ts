import { expect, onTestFinished, test } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import { KubeClient } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { ForbiddenError } from '../../../kube/errors.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import { Transport } from '../../../kube/transport.ts';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { connect } from './cluster.ts';

interface SelfSubjectReview extends KubeObject {
  readonly status?: { readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[] } };
}

const selfSubjectReviews: ResourceType<SelfSubjectReview> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
};

/** Whom the API server takes the client for. */
async function seenAs(client: KubeClient): Promise<object | undefined> {
  return (await client.create(selfSubjectReviews, { metadata: { name: '' } })).status?.userInfo;
}

test('the API server sees the impersonated user, each of the groups, and names beyond ASCII as they are', async () => {
  const client = connect(testCluster().kubeconfigPath);
  expect(await seenAs(client.as({ user: 'Zoë 李', groups: ['ops', 'web, east', 'größe'] }))).toEqual({
    username: 'Zoë 李',
    groups: ['ops', 'web, east', 'größe', 'system:authenticated'],
  });
  expect(await seenAs(client.as({ user: 'ann', groups: ['ops'] }).as({ user: 'bob', groups: [] }))).toMatchObject({
    username: 'bob',
    groups: ['system:authenticated'],
  });
  expect(await seenAs(client.as({ user: 'system:serviceaccount:ops:robot', groups: [] }))).toMatchObject({
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ops', 'system:authenticated'],
  });
  expect(await seenAs(client)).not.toMatchObject({ username: 'bob' });
});

test('the rights of the impersonated user decide on every call, watches included', async () => {
  const namespace = await uniqueNamespace();
  const client = connect(testCluster().kubeconfigPath);
  const ann = client.as({ user: 'ann', groups: [] });
  const signal = new AbortController().signal;
  const object = { metadata: { namespace, name: 'one' }, data: {} };
  const calls = [
    () => ann.get(configMaps, object.metadata),
    () => ann.list(configMaps, { namespace }),
    () => ann.watch(configMaps, { namespace, resourceVersion: '0', signal }, () => undefined),
    () => ann.create(configMaps, object),
    () => ann.replace(configMaps, object),
    () => ann.mergePatch(configMaps, object.metadata, {}),
    () => ann.apply(configMaps, object, { fieldManager: 'tests' }),
    () => ann.delete(configMaps, object.metadata),
  ];
  for (const call of calls) await expect(call()).rejects.toThrow(/User "ann" cannot/);
  expect((await client.list(configMaps, { namespace })).items.map(({ metadata }) => metadata.name)).not.toContain(
    'one',
  );
});

test('a guard on writes and an impersonated user go together, whichever is set first', async () => {
  const namespace = await uniqueNamespace();
  const client = connect(testCluster().kubeconfigPath);
  for (const guard of [
    (mayWrite: () => void) => client.guarded(mayWrite).as({ user: 'ann', groups: [] }),
    (mayWrite: () => void) => client.as({ user: 'ann', groups: [] }).guarded(mayWrite),
  ]) {
    let asked = 0;
    await expect(
      guard(() => void (asked += 1)).create(configMaps, { metadata: { namespace, name: 'x' } }),
    ).rejects.toThrow(ForbiddenError);
    expect(asked).toBe(1);
    const kept = guard(() => {
      throw new Error('not the leader');
    });
    await expect(kept.create(configMaps, { metadata: { namespace, name: 'x' } })).rejects.toThrow('not the leader');
  }
});

test('somebody who may not impersonate is told so', async () => {
  const { kubectl, kubeconfigPath } = testCluster();
  const namespace = await uniqueNamespace();
  await kubectl(['create', 'serviceaccount', 'plain', '-n', namespace]);
  const token = (await kubectl(['create', 'token', 'plain', '-n', namespace])).stdout.trim();
  const transport = new Transport(
    new Credentials(() => {
      const config = loadKubeConfig(kubeconfigPath);
      config.users = config.users.map(({ name }) => ({ name, token }));
      return config;
    }),
  );
  onTestFinished(() => transport.close());
  const plain = new KubeClient(transport, { fieldManager: 'tests' }).as({ user: 'ann', groups: [] });
  await expect(plain.list(configMaps, { namespace })).rejects.toThrow(
    /"system:serviceaccount:test-\w+:plain" cannot impersonate/,
  );
});
