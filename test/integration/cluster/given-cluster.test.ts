import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { installCrds } from '../../cluster/crds.ts';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { setup, teardown } from '../../cluster/vitest-setup.ts';

const cluster = testCluster();

async function folderWith(files: Readonly<Record<string, object>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), JSON.stringify(content));
  }
  return folder;
}

function definition(group: string): object {
  const schema = {
    type: 'object',
    properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `boxes.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Box', plural: 'boxes', singular: 'box' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
}

test('a kubeconfig given by the environment is used, and its cluster goes on afterwards', async () => {
  vi.stubEnv('KUBECONFIG', cluster.kubeconfigPath);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const provide = vi.fn<(key: string, value: unknown) => void>();
  await setup({ provide });
  await teardown();
  expect(provide).toHaveBeenCalledExactlyOnceWith(
    'cluster',
    expect.objectContaining({ kubeconfigPath: cluster.kubeconfigPath, owned: false }),
  );
  expect((await cluster.kubectl(['get', '--raw=/readyz'])).stdout).toBe('ok');
});

describe('installing definitions', () => {
  test('makes the kinds usable at once, and doing it again is fine', async () => {
    const namespace = await uniqueNamespace();
    const group = `${namespace}.example.com`;
    const folder = await folderWith({ 'box.yaml': definition(group), 'notes.txt': { not: 'a definition' } });
    onTestFinished(async () => {
      await cluster.kubectl(['delete', 'crd', `boxes.${group}`, '--wait=false']);
    });
    expect(await installCrds(cluster.kubeconfigPath, folder)).toEqual([`boxes.${group}`]);
    expect(await installCrds(cluster.kubeconfigPath, folder)).toEqual([`boxes.${group}`]);
    const box = { apiVersion: `${group}/v1`, kind: 'Box', metadata: { name: 'a', namespace }, spec: { size: 1 } };
    const created = await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(box) });
    expect(created).toMatchObject({ code: 0 });
  });

  test('from a folder without any does nothing', async () => {
    expect(await installCrds(cluster.kubeconfigPath, await folderWith({}))).toEqual([]);
  });

  test("that the API server refuses fails with the API server's reason", async () => {
    const folder = await folderWith({
      'box.yaml': { ...definition('example.com'), metadata: { name: 'wrong.example.com' } },
    });
    await expect(installCrds(cluster.kubeconfigPath, folder)).rejects.toThrow(/metadata\.name.*must be/s);
  });
});
