import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { chartFolder, type Rendered, type Values } from '../../chart/helm.ts';
import { runToEnd } from '../../chart/processes.ts';
import { containersOf, pick } from '../../chart/rendered.ts';
import { helmForFile } from '../../chart/site.ts';
import { valueSets } from '../../chart/value-sets.ts';
import { bareEnvironment } from '../../harness/environment.ts';

const helm = helmForFile();
const checkout = join(import.meta.dirname, '..', '..', '..');
const sets = Object.entries(valueSets);

test.each(sets)('helm lint --strict finds nothing wrong with %s', async (_name, values) => {
  const { code, stdout, stderr } = await helm().run([
    'lint',
    chartFolder,
    '--strict',
    '--values',
    await helm().valuesFile(values),
  ]);
  expect(`${stdout}${stderr}`).not.toMatch(/\[(WARNING|ERROR)\]/);
  expect(code).toBe(0);
});

test('the definitions of the chart are those of crds/, but for labels and the annotation that keeps them', async () => {
  for (const keep of [true, false]) {
    const rendered = (await helm().template({ crds: { keep } })).filter(
      ({ kind }) => kind === 'CustomResourceDefinition',
    );
    const files = (await readdir(join(checkout, 'crds'))).filter((name) => name.endsWith('.yaml'));
    expect(rendered).toHaveLength(files.length);
    for (const file of files) {
      const source = parse(await readFile(join(checkout, 'crds', file), 'utf8')) as Rendered;
      const { metadata, ...rest } = pick(rendered, source.kind, source.metadata.name);
      const { metadata: _, ...wanted } = source;
      expect(rest).toEqual(wanted);
      expect(metadata.annotations).toEqual(keep ? { 'helm.sh/resource-policy': 'keep' } : undefined);
    }
  }
});

test('a package holds the definitions themselves, not links to them', async () => {
  const folder = await helm().scratch();
  await helm().must(['package', chartFolder, '--destination', folder]);
  const [archive = ''] = await readdir(folder);
  const { stdout } = await runToEnd('tar', ['-xzOf', join(folder, archive), 'fleetwright/files/crds/agenttask.yaml'], {
    PATH: process.env['PATH'] ?? '',
  });
  expect(stdout).toBe(await readFile(join(checkout, 'crds/agenttask.yaml'), 'utf8'));
});

describe('values that cannot be used are refused, by name', () => {
  test.each<[string, Values, RegExp]>([
    ['a name that is misspelt', { controllers: { replica: 3 } }, /controllers[\s\S]*replica/],
    ['a text for a number', { controllers: { maxRuns: 'many' } }, /\/controllers\/maxRuns/],
    ['a number out of range', { history: { retentionDays: -1 } }, /\/history\/retentionDays/],
    ['a mode that there is not', { facade: { dispatch: { mode: 'orginal' } } }, /\/facade\/dispatch\/mode/],
    ['a level that there is not', { controllers: { logLevel: 'loud' } }, /\/controllers\/logLevel/],
    [
      'a user of Kubernetes itself',
      { facade: { dispatch: { openAsUser: 'system:admin' } } },
      /\/facade\/dispatch\/openAsUser/,
    ],
    [
      'a group that nothing holds back',
      { facade: { impersonation: { groups: ['system:masters'] } } },
      /\/facade\/impersonation\/groups\/0/,
    ],
    ['a time that is none', { facade: { dispatch: { ttlSeconds: 'soon' } } }, /\/facade\/dispatch\/ttlSeconds/],
    [
      'a volume that many nodes write to',
      { history: { persistence: { accessModes: ['ReadWriteMany'] } } },
      /\/history\/persistence\/accessModes\/0/,
    ],
    ['an executor that there is not', { executors: ['job', 'pod'] }, /\/executors\/1/],
    ['no executor', { executors: [] }, /\/executors/],
    [
      'a volume with a name of its own',
      { jobs: { content: { volume: { name: 'x', emptyDir: {} } } } },
      /\/jobs\/content\/volume/,
    ],
    ['an image without a name', { image: { repository: '' } }, /\/image\/repository/],
  ])('%s', async (_name, values, message) => {
    const { code, stderr } = await helm().tryTemplate(values);
    expect(stderr).toMatch(message);
    expect(code).not.toBe(0);
  });

  test.each<[string, Values, RegExp]>([
    [
      'several facades with one file',
      { facade: { replicas: 2 } },
      /facade\.replicas: 2 copies cannot share one SQLite file; set history\.postgresql\.url, facade\.replicas=1, or/,
    ],
    [
      'tasks where nobody runs them',
      { watchNamespace: 'team-a' },
      /facade\.dispatch\.namespace: .*watchNamespace is "team-a"/,
    ],
    [
      'content for runs that there are not',
      { controllers: { content: { volume: { emptyDir: {} } } } },
      /controllers\.content: .*set jobs\.content/,
    ],
    [
      'content for Jobs that there are not',
      { executors: ['local'], jobs: { content: { volume: { emptyDir: {} } } } },
      /jobs\.content: .*set controllers\.content/,
    ],
    ['a folder of no volume', { jobs: { content: { folder: 'current' } } }, /jobs\.content\.folder: name the volume/],
    [
      'ways to hosts that nobody takes',
      { networkPolicy: { controllersTo: [{}] } },
      /networkPolicy\.controllersTo: the controllers reach no hosts/,
    ],
    [
      'an ingress for no host',
      { facade: { ingress: { enabled: true } } },
      /facade\.ingress\.hosts: name at least one host/,
    ],
    [
      'a route from nowhere',
      { facade: { httpRoute: { enabled: true } } },
      /facade\.httpRoute\.parentRefs: name the Gateway/,
    ],
    [
      'a certificate that nobody uses',
      { facade: { certificate: { enabled: true, issuerRef: { name: 'x' } } } },
      /facade\.certificate: .*facade\.ingress\.enabled=true/,
    ],
    [
      'a certificate from nobody',
      { facade: { certificate: { enabled: true }, ingress: { enabled: true, hosts: ['a.example'] } } },
      /facade\.certificate\.issuerRef: name the issuer/,
    ],
    [
      'a service account that is neither made nor named',
      { controllers: { serviceAccount: { create: false } } },
      /controllers\.serviceAccount\.name: name the service account/,
    ],
  ])('%s', async (_name, values, message) => {
    const { code, stderr } = await helm().tryTemplate(values);
    expect(stderr).toMatch(message);
    expect(code).not.toBe(0);
  });

  test('before Kubernetes 1.36, a facade that may act for everybody', async () => {
    const { code, stderr } = await helm().tryTemplate({}, ['--kube-version', '1.35.0']);
    expect(stderr).toMatch(/facade\.impersonation: on Kubernetes v1\.35\.0 .*name your callers/);
    expect(code).not.toBe(0);
  });
});

function rulesOf(objects: readonly Rendered[], kind: string): unknown {
  return pick(objects, kind, 'fleetwright-fleetwright-system-facade-impersonation')['rules'];
}

describe('what the facade may act for', () => {
  test('from Kubernetes 1.36 on anybody, but only to work with tasks', async () => {
    const objects = await helm().template({}, ['--kube-version', '1.36.0']);
    expect(rulesOf(objects, 'ClusterRole')).toEqual([
      { apiGroups: ['authentication.k8s.io'], resources: ['users'], verbs: ['impersonate:user-info'] },
      { apiGroups: ['authentication.k8s.io'], resources: ['groups'], verbs: ['impersonate:user-info'] },
      { apiGroups: ['authentication.k8s.io'], resources: ['serviceaccounts'], verbs: ['impersonate:serviceaccount'] },
    ]);
  });

  test('those alone that are listed, once somebody is', async () => {
    const impersonation = { users: ['fleetwright:orion'], serviceAccounts: [{ namespace: 'ci', name: 'pipeline' }] };
    const objects = await helm().template({ facade: { impersonation, dispatch: { openAsUser: 'old-clients' } } }, [
      '--kube-version',
      '1.36.0',
    ]);
    expect(rulesOf(objects, 'ClusterRole')).toEqual([
      {
        apiGroups: ['authentication.k8s.io'],
        resources: ['users'],
        resourceNames: ['fleetwright:orion', 'old-clients'],
        verbs: ['impersonate:user-info'],
      },
    ]);
    expect(rulesOf(objects, 'Role')).toEqual([
      {
        apiGroups: ['authentication.k8s.io'],
        resources: ['serviceaccounts'],
        resourceNames: ['pipeline'],
        verbs: ['impersonate:serviceaccount'],
      },
    ]);
  });

  test('before 1.36 by the verb of old, and never without names', async () => {
    const impersonation = { users: ['fleetwright:orion'], groups: ['night-shift'] };
    const objects = await helm().template({ facade: { impersonation } }, ['--kube-version', '1.33.0']);
    expect(rulesOf(objects, 'ClusterRole')).toEqual([
      { apiGroups: [''], resources: ['users'], resourceNames: ['fleetwright:orion'], verbs: ['impersonate'] },
      { apiGroups: [''], resources: ['groups'], resourceNames: ['night-shift'], verbs: ['impersonate'] },
    ]);
    expect(JSON.stringify(objects)).not.toContain('impersonate-on');
  });
});

test.each(sets)('no role of %s has a wildcard', async (_name, values) => {
  const roles = (await helm().template(values)).filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole');
  expect(roles.length).toBeGreaterThan(1);
  for (const { rules } of roles) expect(JSON.stringify(rules)).not.toContain('"*"');
});

const asked = new Map<string, Promise<ReadonlySet<string>>>();

/** The variables that a program names in its help, for which it is asked once. */
async function settingsOf(program: string): Promise<ReadonlySet<string>> {
  const known = asked.get(program);
  if (known !== undefined) return known;
  const variables = runToEnd(process.execPath, [join(checkout, program), '--help'], bareEnvironment()).then(
    ({ stdout }) => new Set([...stdout.matchAll(/^ +or ([A-Z_]+)$/gm)].map(([, variable = '']) => variable)),
  );
  asked.set(program, variables);
  return variables;
}

test.each(sets)('every variable that the chart gives to a program in %s is a setting of it', async (_name, values) => {
  const deployments = (await helm().template(values)).filter(({ kind }) => kind === 'Deployment');
  expect(deployments.length).toBeGreaterThan(0);
  for (const { args, env } of deployments.flatMap(containersOf)) {
    const settings = await settingsOf(args[0] ?? '');
    const given = env.map(({ name }) => name).filter((name) => name.startsWith('FLEETWRIGHT_'));
    expect(given.filter((name) => !settings.has(name))).toEqual([]);
  }
});
