import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  AnsibleMissingError,
  completeMark,
  environmentFolder,
  findAnsibleRunner,
  requirementsFile,
} from '../../../../../controllers/agenttask/runner/environment.ts';

let cache: string;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'fleetwright-cache-'));
});
afterEach(async () => {
  await rm(cache, { recursive: true });
});

async function executable(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, '');
  await chmod(path, 0o755);
}

describe('the Python environment', () => {
  test('is in the cache folder of the user, a relative one being ignored', async () => {
    expect(await environmentFolder({ XDG_CACHE_HOME: cache })).toMatch(
      new RegExp(`^${cache}/fleetwright/ansible-[0-9a-f]{16}$`),
    );
    expect(dirname(await environmentFolder({ XDG_CACHE_HOME: 'relative' }))).toBe(
      join(homedir(), '.cache', 'fleetwright'),
    );
    expect(dirname(await environmentFolder({}))).toBe(join(homedir(), '.cache', 'fleetwright'));
  });

  test('does not count before it is complete, and the error names the command that makes it', async () => {
    const env = { XDG_CACHE_HOME: cache };
    await expect(findAnsibleRunner(env)).rejects.toThrow(/Run: node controllers\/agenttask\/runner\/setup\.ts/);
    const folder = await environmentFolder(env);
    await executable(join(folder, 'bin', 'ansible-runner'));
    await expect(findAnsibleRunner(env)).rejects.toBeInstanceOf(AnsibleMissingError);
    await writeFile(join(folder, completeMark), '');
    expect(await findAnsibleRunner(env)).toBe(join(folder, 'bin', 'ansible-runner'));
  });

  test('can be replaced by an ansible-runner of the user, which has to be there', async () => {
    const path = join(cache, 'own', 'ansible-runner');
    await expect(findAnsibleRunner({ FLEETWRIGHT_ANSIBLE_RUNNER: path })).rejects.toThrow(/FLEETWRIGHT_ANSIBLE_RUNNER/);
    await expect(findAnsibleRunner({ FLEETWRIGHT_ANSIBLE_RUNNER: 'ansible-runner' })).rejects.toBeInstanceOf(
      AnsibleMissingError,
    );
    await executable(path);
    expect(await findAnsibleRunner({ FLEETWRIGHT_ANSIBLE_RUNNER: path })).toBe(path);
  });

  test('has an exact version and a hash for every package', async () => {
    const entries = (await readFile(requirementsFile, 'utf8'))
      .replaceAll('\\\n', '')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(entries.map((entry) => entry.split('==')[0])).toEqual(
      expect.arrayContaining(['ansible-core', 'ansible-runner']),
    );
    expect(entries.filter((entry) => !/^[a-z0-9-]+==[\w.]+ +--hash=sha256:[0-9a-f]{64}/.test(entry))).toEqual([]);
  });
});
