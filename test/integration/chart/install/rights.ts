import { expect, test, vi } from 'vitest';

import type { Values } from '../../../chart/helm.ts';
import { helm, kubectl, list, system } from './site.ts';

const group = 'rbac.authorization.k8s.io';
/** Where tasks may be, where the chart is, and where neither is. */
const namespaces = ['team-a', 'team-b', system, 'kube-system'];

async function apply(objects: readonly object[]): Promise<void> {
  await kubectl(['apply', '--server-side', '-f', '-'], list(objects));
}

function sorted(words: string): string {
  return words.split(' ').toSorted().join(' ');
}

/** What a user may do in a namespace, a line for each rule; the API server gives rules and verbs in any order. */
async function rulesOf(user: string, namespace: string): Promise<readonly string[]> {
  const lines = await kubectl(['auth', 'can-i', '--list', '--no-headers', `--as=${user}`, '-n', namespace]);
  return lines
    .split('\n')
    .map((line) =>
      line.replaceAll(/ {2,}/g, '  ').replaceAll(/\[([^\]]*)\]/g, (_, words: string) => `[${sorted(words)}]`),
    )
    .toSorted();
}

/** What a service account may do that not everybody may, with the namespaces where it is the same. */
async function rightsOf(account: string, everybody: ReadonlyMap<string, ReadonlySet<string>>): Promise<string> {
  const byRights = new Map<string, string[]>();
  for (const namespace of namespaces) {
    const own = (await rulesOf(`system:serviceaccount:${system}:${account}`, namespace)).filter(
      (line) => everybody.get(namespace)?.has(line) !== true,
    );
    const rights = own.map((line) => `  ${line}\n`).join('');
    byRights.set(rights, [...(byRights.get(rights) ?? []), namespace]);
  }
  return [...byRights].map(([rights, where]) => `${account} in ${where.join(', ')}:\n${rights}`).join('\n');
}

function rulesFor(resource: string): readonly object[] {
  return [{ apiGroups: ['example.com'], resources: [resource], verbs: ['get'] }];
}

/**
 * Resolves when the API server goes by all rules that were written before: it follows each of the four kinds in the
 * order of their changes, and sees these last ones of all.
 */
async function settled(probe: string): Promise<void> {
  const subjects = [{ kind: 'User', apiGroup: group, name: probe }];
  const metadata = { name: probe, namespace: 'team-a' };
  await apply([
    { apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata: { name: probe }, rules: rulesFor('anywhere') },
    {
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: probe },
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: probe },
      subjects,
    },
    { apiVersion: `${group}/v1`, kind: 'Role', metadata, rules: rulesFor('here') },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'Role', name: probe },
      subjects,
    },
  ]);
  await vi.waitFor(async () => expect((await rulesOf(probe, 'team-a')).join('\n')).toMatch(/anywhere[^]*here/), {
    timeout: 60_000,
    interval: 500,
  });
}

const cases: Readonly<Record<string, { readonly values: Values; readonly file: string }>> = {
  'the defaults': {
    file: 'defaults',
    values: { crds: { keep: false }, facade: { dispatch: { namespace: 'team-a' } } },
  },
  'runs beside the controllers': {
    file: 'local',
    values: { executors: ['local'], facade: { dispatch: { namespace: 'team-a' } } },
  },
  'one namespace': {
    file: 'one-namespace',
    values: {
      watchNamespace: 'team-a',
      facade: {
        dispatch: { namespace: 'team-a' },
        impersonation: {
          users: ['fleetwright:orion'],
          groups: ['night-shift'],
          serviceAccounts: [{ namespace: 'team-a', name: 'pipeline' }],
        },
      },
    },
  },
  'Secrets of some namespaces, no history': {
    file: 'secret-namespaces',
    values: {
      controllers: { secretNamespaces: ['team-a'] },
      history: { enabled: false },
      facade: { dispatch: { namespace: 'team-b' } },
    },
  },
};

test.each(Object.entries(cases))(
  'what each service account may do, with %s',
  { timeout: 300_000 },
  async (_name, { values, file }) => {
    const rights = (await helm().template(values)).filter(
      ({ apiVersion, kind }) => apiVersion.startsWith(group) || kind === 'ServiceAccount',
    );
    await apply(rights);
    await settled(`probe-${file}`);
    const accounts = rights
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ metadata }) => metadata.name)
      .toSorted();
    const everybody = new Map<string, ReadonlySet<string>>();
    for (const namespace of namespaces)
      everybody.set(namespace, new Set(await rulesOf('system:serviceaccount:kube-public:nobody', namespace)));
    const tale: string[] = [];
    for (const account of accounts) tale.push(await rightsOf(account, everybody));
    // Whatever the comparison says: what stays would be in the way of all that follows.
    await kubectl(['delete', '-f', '-'], list(rights));
    await expect(tale.join('\n')).toMatchFileSnapshot(`rights/${file}.txt`);
  },
);
