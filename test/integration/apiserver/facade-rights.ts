import { readFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { parse, parseAllDocuments } from 'yaml';

import type { Manifest } from '../../../apiserver/credential/manifests.ts';
import type { Role } from '../../../kube/builtin.ts';
import { loadKubeConfig } from '../../../kube/credentials.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { testCluster } from '../../cluster/testing.ts';
import { applyManifests } from './credentials.ts';

type RoleManifest = Role & Manifest;

/**
 * Which of the rules of docs/identity.md are given: those for Kubernetes from 1.36 on, those for before, or those but
 * for impersonation.
 */
export type Rules = 'limited impersonation' | 'impersonation of old' | 'no impersonation';

/**
 * A kubeconfig of a service account that may do what docs/identity.md says that the facade needs, in this namespace,
 * and no more.
 */
export interface FacadeAccount {
  readonly kubeconfigPath: string;
  remove(): Promise<void>;
}

/** Makes the service account `facade` in the namespace, with these rights. */
export async function makeFacadeAccount(namespace: string, rules: Rules): Promise<FacadeAccount> {
  const cluster = testCluster();
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'facade' } };
  const roles = rolesOf(await documentedRules(), rules).map((role) => inTest(role, namespace));
  await applyManifests([account, ...roles, ...roles.map((role) => bindingOf(role, namespace))]);
  const token = (await mustKubectl(cluster, ['create', 'token', 'facade', '-n', namespace])).trim();
  const config = loadKubeConfig(cluster.kubeconfigPath);
  config.users = config.users.map(({ name }) => ({ name, token }));
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-account-'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  await writeFile(kubeconfigPath, config.exportConfig(), { mode: 0o600 });
  return {
    kubeconfigPath,
    async remove() {
      await rm(folder, { recursive: true });
      // What belongs to no namespace does not go with one.
      for (const kind of ['clusterrole', 'clusterrolebinding'])
        await mustKubectl(cluster, ['delete', kind, clusterName(namespace), '--ignore-not-found']);
    },
  };
}

interface DocumentedRules {
  readonly roles: readonly RoleManifest[];
  /** What takes the place of limited impersonation before Kubernetes 1.36. */
  readonly old: Role['rules'];
}

async function documentedRules(): Promise<DocumentedRules> {
  const text = await readFile(join(import.meta.dirname, '..', '..', '..', 'docs', 'identity.md'), 'utf8');
  const [, section = ''] = text.split('## The rights of the facade');
  const [whole = '', old = ''] = [...section.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => yaml);
  const roles = parseAllDocuments(whole).map((document) => document.toJS() as RoleManifest);
  return { roles, old: parse(old) as Role['rules'] };
}

function rolesOf({ roles, old }: DocumentedRules, wanted: Rules): readonly RoleManifest[] {
  if (wanted === 'limited impersonation') return roles;
  const without = roles.map((role) => ({
    ...role,
    rules: role.rules.filter(({ verbs }) => !verbs.some((verb) => verb.startsWith('impersonate'))),
  }));
  if (wanted === 'no impersonation') return without;
  return without.map((role) => (role.kind === 'ClusterRole' ? { ...role, rules: [...role.rules, ...old] } : role));
}

function clusterName(namespace: string): string {
  return `fleetwright-facade-${namespace}`;
}

function inTest(role: RoleManifest, namespace: string): RoleManifest {
  return role.kind === 'ClusterRole'
    ? { ...role, metadata: { name: clusterName(namespace) } }
    : { ...role, metadata: { name: role.metadata.name, namespace } };
}

function bindingOf({ kind, metadata }: RoleManifest, namespace: string): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', name: 'facade', namespace }],
  };
}
