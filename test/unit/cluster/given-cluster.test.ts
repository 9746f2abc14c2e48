import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { binaries } from '../../cluster/binaries/catalogue.ts';
import { givenKubeconfig, presentKubectl } from '../../cluster/given-cluster.ts';
import { scratchFolder, script } from './scratch.ts';

describe('a cluster that the user gives', () => {
  test('is none when nothing is set', () => {
    expect(givenKubeconfig({ KUBECONFIG: '' })).toBeUndefined();
  });

  test('FLEETWRIGHT_TEST_KUBECONFIG comes before KUBECONFIG', () => {
    expect(givenKubeconfig({ KUBECONFIG: '/theirs', FLEETWRIGHT_TEST_KUBECONFIG: '/ours' })).toBe('/ours');
    expect(givenKubeconfig({ KUBECONFIG: '/theirs' })).toBe('/theirs');
  });

  test('as a list of files is refused with the way out', () => {
    expect(() => givenKubeconfig({ KUBECONFIG: '/a:/b' })).toThrow(/FLEETWRIGHT_TEST_KUBECONFIG/);
  });
});

describe('the kubectl for it', () => {
  test('is the cached one before the one on PATH', async () => {
    const folder = await scratchFolder();
    const cached = await script(join(folder, 'fleetwright', 'bin', `kubectl-${binaries.kubectl.version}`), '');
    await script(join(folder, 'path', 'kubectl'), '');
    expect(await presentKubectl({ XDG_CACHE_HOME: folder, PATH: join(folder, 'path') })).toBe(cached);
  });

  test('is looked for on PATH, and nothing is built', async () => {
    const folder = await scratchFolder();
    const onPath = await script(join(folder, 'path', 'kubectl'), '');
    expect(await presentKubectl({ XDG_CACHE_HOME: folder, PATH: `:/nowhere:${join(folder, 'path')}` })).toBe(onPath);
  });

  test('that is nowhere is an error that says how to get one', async () => {
    const folder = await scratchFolder();
    await expect(presentKubectl({ XDG_CACHE_HOME: folder, PATH: folder })).rejects.toThrow(/on PATH.*cli\.ts binaries/);
  });
});
