import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';

import { parseContent } from '../../../controllers/agenttask/executors/content.ts';
import { ensureBinaries } from '../../cluster/binaries/ensure.ts';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane.ts';
import type { KubectlResult } from '../../cluster/kubectl.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import type { Rendered } from '../../chart/helm.ts';
import { argocdFolder, checkedKinds, healthScript } from '../../gitops/customization.ts';

const repository = join(import.meta.dirname, '..', '..', '..');
const examples = join(repository, 'examples', 'gitops');
const production = join(examples, 'tasks', 'overlays', 'production');
/** Helm is built from source where it is not in the cache, with others building beside it. */
const building = 1_200_000;

let plane: ControlPlane | undefined;
let installed = '';

beforeAll(async () => {
  const helm = (await ensureBinaries(['helm'], { log: (line) => console.log(line) })).pathOf('helm');
  // Of its own: a whole installation is applied, with its names.
  plane = await startControlPlane({ components: { controllerManager: false, scheduler: false, kwok: false } });
  installed = await must(['kustomize', '--enable-helm', '--helm-command', helm, join(examples, 'install')]);
  const first = objectsOf(installed).filter(({ kind }) => kind === 'CustomResourceDefinition' || kind === 'Namespace');
  await apply(first);
  await must(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
}, building);
afterAll(async () => {
  await plane?.stop();
});

function cluster(): ControlPlane {
  if (plane === undefined) throw new Error('the control plane is started in beforeAll');
  return plane;
}

async function must(args: readonly string[], input = ''): Promise<string> {
  return mustKubectl(cluster(), args, { input });
}

async function tryApply(objects: readonly object[], ...more: readonly string[]): Promise<KubectlResult> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  return cluster().kubectl(['apply', '--server-side', '--output=name', ...more, '--filename=-'], { input });
}

async function apply(objects: readonly object[], ...more: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await tryApply(objects, ...more);
  expect([code, stderr]).toEqual([0, '']);
  return stdout.trim().split('\n');
}

function objectsOf(text: string): readonly Rendered[] {
  return parseAllDocuments(text).map((document): Rendered => document.toJS());
}

async function tasks(): Promise<readonly Rendered[]> {
  return objectsOf(await must(['kustomize', production]));
}

async function hooks(): Promise<readonly Rendered[]> {
  return objectsOf(await readFile(join(examples, 'argocd', 'hook.yaml'), 'utf8'));
}

test('the installation is rendered whole, and a real API server takes all of it', async () => {
  const objects = objectsOf(installed);
  const kinds = objects.map(({ kind }) => kind);
  const definitions = await readdir(join(repository, 'charts', 'fleetwright', 'files', 'crds'));
  expect(kinds.filter((kind) => kind === 'CustomResourceDefinition')).toHaveLength(definitions.length);
  expect(kinds.filter((kind) => kind === 'Deployment')).toHaveLength(2);
  expect(JSON.stringify(objects)).toContain('registry.example.com/fleetwright-runner:');
  expect(await apply(objects, '--dry-run=server')).toHaveLength(objects.length);
});

describe('the overlay', () => {
  test('gives job and task its suffix, and the task names the job by it', async () => {
    const objects = await tasks();
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)).toEqual([
      'AgentJob fleet/time-sync-1',
      'AgentTask fleet/time-sync-1',
    ]);
    expect(objects[1]?.['spec']).toMatchObject({
      jobRef: { name: 'time-sync-1' },
      credentialsSecretRef: { name: 'fleet-ssh' },
      hosts: expect.arrayContaining(['db-1.example.com']),
    });
  });

  test('is taken by a real API server; a change of what has begun is refused, and a new suffix is not', async () => {
    const objects = await tasks();
    await apply(objects);
    // What the controller records when it begins.
    await must([
      'patch',
      'agenttask',
      'time-sync-1',
      '--namespace=fleet',
      '--subresource=status',
      '--type=merge',
      '--patch={"status":{"phase":"Running","startTime":"2026-01-01T00:00:00Z"}}',
    ]);
    await apply(objects);

    const [, task] = objects;
    if (task === undefined) throw new Error('there is no task');
    const hosts = ['web-9.example.com'];
    const changed = { ...task, spec: { ...Object(task['spec']), hosts } };
    const refused = await tryApply([changed]);
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining('hosts cannot change once the task has started; create a new AgentTask instead'),
    ]);
    expect(await apply([{ ...changed, metadata: { ...task.metadata, name: 'time-sync-2' } }])).toEqual([
      'agenttask.fleetwright.io/time-sync-2',
    ]);
  });

  test('makes no task that a time to live would delete, to be made and run again', async () => {
    const specs = (await tasks())
      .filter(({ kind }) => kind === 'AgentTask')
      .map((task) => Object.keys(Object(task['spec'])));
    expect(specs.length).toBeGreaterThan(0);
    expect(specs.flat()).not.toContain('ttlSecondsAfterFinished');
  });
});

test('the hook of Argo CD is taken by a real API server', async () => {
  expect(await apply(await hooks(), '--namespace=fleet', '--dry-run=server')).toEqual([
    'agenttask.fleetwright.io/free-disk-space',
  ]);
});

test.each(['argocd/applications.yaml', 'flux/kustomizations.yaml'])(
  'the folders that %s names are there',
  async (file) => {
    const text = await readFile(join(examples, file), 'utf8');
    expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
    const folders = [...text.matchAll(/^ +(?:path|chart): (\S+\/\S+)$/gm)].map(([, path = '']) => path);
    expect(folders).toHaveLength(2);
    for (const folder of folders) expect((await stat(join(repository, folder))).isDirectory()).toBe(true);
  },
);

test('the content of all examples can be run', async () => {
  const contents = [...(await tasks()), ...(await hooks())]
    .map((object): unknown => Object(object['spec']).content)
    .filter((content) => typeof content === 'string');
  expect(contents).toHaveLength(2);
  for (const content of contents) expect(() => parseContent(content, {})).not.toThrow();
});

test('the patch gives argocd-cm the health check, and leaves the rest of it', async () => {
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'argocd-cm', namespace: 'fleet' },
    data: { url: 'https://argocd.example.com' },
  };
  await apply([config]);
  await must([
    'patch',
    'configmap',
    'argocd-cm',
    '--namespace=fleet',
    '--patch-file',
    join(argocdFolder, 'argocd-cm.yaml'),
  ]);
  const { data }: typeof config = JSON.parse(
    await must(['get', 'configmap', 'argocd-cm', '--namespace=fleet', '--output=json']),
  );
  const checks = await Promise.all(
    checkedKinds.map(async (kind) => [
      `resource.customizations.health.fleetwright.io_${kind}`,
      await healthScript(kind),
    ]),
  );
  expect(data).toEqual({ ...config.data, ...Object.fromEntries(checks) });
});
