import { expect, test } from 'vitest';

import { bearerCredential, bearerKind } from '../../../../apiserver/auth/bearer-kind.ts';
import { digestOf, newToken } from '../../../../apiserver/auth/digest.ts';
import { readCredential } from '../../../../apiserver/auth/credential-secret.ts';
import { credentialManifests } from '../../../../apiserver/credential/manifests.ts';
import { dispatchCallers } from '../../../../apiserver/dispatch/callers.ts';
import { kvolCallers } from '../../../../apiserver/kvol/callers.ts';
import type { Secret } from '../../../../kube/builtin.ts';

const token = newToken();
const request = {
  name: 'orion',
  callers: dispatchCallers,
  credential: bearerCredential(token),
  user: 'fleetwright:orion',
  groups: ['ops', 'web'],
  namespace: 'ours',
  taskNamespaces: ['one', 'two'],
};

test('a credential is a Secret that the facade reads as that user, without the token in it', () => {
  const [secret] = credentialManifests(request);
  expect(secret).toMatchObject({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'ours', name: 'credential-orion-1', labels: { 'fleetwright.io/credential': 'bearer' } },
  });
  expect(readCredential(secret as Secret, bearerKind)).toMatchObject({
    proof: digestOf(token),
    caller: { user: 'fleetwright:orion', groups: ['ops', 'web'] },
  });
  const texts =
    JSON.stringify(secret) +
    Object.values((secret as Secret).data ?? {}).map((value) => Buffer.from(value, 'base64').toString());
  expect(texts).not.toContain(token);
});

test('its user may work with tasks in the namespaces given, and nowhere else', () => {
  const [, ...access] = credentialManifests(request);
  expect(access.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
    'Role one/fleetwright-credential-orion',
    'RoleBinding one/fleetwright-credential-orion',
    'Role two/fleetwright-credential-orion',
    'RoleBinding two/fleetwright-credential-orion',
  ]);
  expect(access[0]).toMatchObject({
    rules: [
      { apiGroups: ['fleetwright.io'], resources: ['agenttasks'], verbs: ['get', 'list', 'watch', 'create', 'patch'] },
      { apiGroups: ['fleetwright.io'], resources: ['agenttasks/log'], verbs: ['get'] },
    ],
  });
  expect(access[1]).toMatchObject({ subjects: [{ kind: 'User', name: 'fleetwright:orion' }] });
});

test('what belongs to no namespace its user may reach by a ClusterRole, where an API has such objects', () => {
  const [, ...access] = credentialManifests({ ...request, callers: kvolCallers, taskNamespaces: ['one'] });
  expect(access).toMatchObject([
    { kind: 'ClusterRole', rules: [{ resources: ['storagezones'], verbs: ['list'] }] },
    { kind: 'ClusterRoleBinding', roleRef: { kind: 'ClusterRole', name: 'fleetwright-credential-orion' } },
    { kind: 'Role', metadata: { namespace: 'one' }, rules: [{ resources: ['volumerecoveries'] }] },
    { kind: 'RoleBinding', roleRef: { kind: 'Role', name: 'fleetwright-credential-orion' } },
  ]);
});

test('one for reading may make and change nothing', () => {
  const [, role] = credentialManifests({ ...request, readOnly: true });
  expect(role).toMatchObject({ rules: [{ verbs: ['get', 'list', 'watch'] }, { verbs: ['get'] }] });
});

test('a service account is bound as one', () => {
  const [, , binding] = credentialManifests({ ...request, user: 'system:serviceaccount:ops:robot' });
  expect(binding).toMatchObject({ subjects: [{ kind: 'ServiceAccount', namespace: 'ops', name: 'robot' }] });
});

test('tokens are long, differ, and need no quoting', () => {
  const tokens = Array.from({ length: 100 }, newToken);
  expect(new Set(tokens).size).toBe(100);
  for (const each of tokens) expect(each).toMatch(/^[A-Za-z0-9_-]{43}$/);
});
