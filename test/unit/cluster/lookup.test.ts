import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { binaries } from '../../cluster/binaries/catalogue.ts';
import { findBinary, placesFrom } from '../../cluster/binaries/lookup.ts';
import { scratchFolder, script } from './scratch.ts';

const { etcd, kwok } = binaries;
const pinned = `kwok-${kwok.version}`;

describe('looking for a binary', () => {
  test('KUBEBUILDER_ASSETS comes before the cache', async () => {
    const folder = await scratchFolder();
    const named = await script(join(folder, 'assets', 'etcd'), '');
    await script(join(folder, 'cache', `etcd-${etcd.version}`), '');
    const found = await findBinary(etcd, { assetsFolder: join(folder, 'assets'), cacheFolder: join(folder, 'cache') });
    expect(found).toEqual({ path: named, source: 'KUBEBUILDER_ASSETS' });
  });

  test('what KUBEBUILDER_ASSETS does not hold is taken from the cache', async () => {
    const folder = await scratchFolder();
    await script(join(folder, 'assets', 'etcd'), '');
    const cached = await script(join(folder, 'cache', pinned), '');
    const found = await findBinary(kwok, { assetsFolder: join(folder, 'assets'), cacheFolder: join(folder, 'cache') });
    expect(found).toEqual({ path: cached, source: 'cache' });
  });

  test('the pinned version comes before another patch of the same minor', async () => {
    const cacheFolder = await scratchFolder();
    await script(join(cacheFolder, kwok.version.replace(/^(\d+\.\d+)\.\d+$/, 'kwok-$1.99')), '');
    const path = await script(join(cacheFolder, pinned), '');
    expect((await findBinary(kwok, { cacheFolder }))?.path).toBe(path);
  });

  test('another patch of the same minor will do', async () => {
    const cacheFolder = await scratchFolder();
    const path = await script(join(cacheFolder, kwok.version.replace(/^(\d+\.\d+)\.\d+$/, 'kwok-$1.99')), '');
    expect((await findBinary(kwok, { cacheFolder }))?.path).toBe(path);
  });

  test.for([
    ['another minor', 'kwok-0.99.0'],
    ['a longer name', `kwok-${kwok.version}-rc.1`],
    ['an unfinished draft', `.draft-kwok-${kwok.version}-1`],
  ])('%s in the cache is not taken', async ([, name]) => {
    const cacheFolder = await scratchFolder();
    await script(join(cacheFolder, name ?? ''), '');
    expect(await findBinary(kwok, { cacheFolder })).toBeUndefined();
  });

  test('a file that cannot be executed and a folder are not taken', async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, 'assets', 'kwok'), { recursive: true });
    await mkdir(join(folder, 'cache'));
    await writeFile(join(folder, 'cache', pinned), '', { mode: 0o644 });
    const places = { assetsFolder: join(folder, 'assets'), cacheFolder: join(folder, 'cache') };
    expect(await findBinary(kwok, places)).toBeUndefined();
  });
});

describe('places from the environment', () => {
  test('XDG_CACHE_HOME moves the cache, and an empty KUBEBUILDER_ASSETS is none', () => {
    expect(placesFrom({ XDG_CACHE_HOME: '/somewhere', KUBEBUILDER_ASSETS: '' })).toEqual({
      cacheFolder: '/somewhere/fleetwright/bin',
    });
  });

  test('without any, the cache is in the home folder', () => {
    expect(placesFrom({}).cacheFolder).toBe(join(homedir(), '.cache', 'fleetwright', 'bin'));
  });
});
