import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentFolder } from '../../../controllers/agenttask/runner/environment.ts';
import { nightly } from '../../harness/matrix.ts';

const run = promisify(execFile);
const setup = join(import.meta.dirname, '../../../controllers/agenttask/runner/setup.ts');

/** A Python that makes in a moment what takes the real one half a minute; `make setup` uses that before all tests. */
const playedPython = `#!/bin/sh
case "$2" in
venv)
  mkdir -p "$3/bin"
  cp "$0" "$3/bin/python3"
  ;;
pip)
  printf '#!/bin/sh\\necho 2.4.0\\n' > "$(dirname "$0")/ansible-runner"
  chmod +x "$(dirname "$0")/ansible-runner"
  ;;
esac
`;

describe('setup.ts', () => {
  let cache: string;
  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), 'fleetwright-cache-'));
  });
  afterAll(async () => {
    await rm(cache, { recursive: true, force: true });
  });

  const setUp = async (env: Record<string, string> = {}): Promise<string> => {
    const { stdout } = await run(process.execPath, [setup], { env: { ...process.env, XDG_CACHE_HOME: cache, ...env } });
    return stdout;
  };

  test('says what is missing when there is no Python', async () => {
    await expect(setUp({ FLEETWRIGHT_PYTHON: '/nonexistent/python3' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/\/nonexistent\/python3 was not found\. Install Python 3\.11/),
    });
  });

  test('installs nothing beside an ansible-runner of the user, but refuses one that is not there', async () => {
    await expect(setUp({ FLEETWRIGHT_ANSIBLE_RUNNER: '/nonexistent/ansible-runner' })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/FLEETWRIGHT_ANSIBLE_RUNNER is "\/nonexistent\/ansible-runner"/),
    });
    expect(await setUp({ FLEETWRIGHT_ANSIBLE_RUNNER: '/bin/true' })).toBe('Ansible is ready: /bin/true\n');
    await expect(readdir(await environmentFolder({ XDG_CACHE_HOME: cache }))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('makes the environment once, also when two ask for it at the same time', { timeout: 300_000 }, async () => {
    const python = join(cache, 'played-python');
    await writeFile(python, playedPython, { mode: 0o755 });
    const env: Record<string, string> = nightly ? {} : { FLEETWRIGHT_PYTHON: python };
    const outputs = await Promise.all([setUp(env), setUp(env)]);
    const folder = await environmentFolder({ XDG_CACHE_HOME: cache });
    expect(outputs.filter((output) => output.includes('installing Ansible into'))).toHaveLength(1);
    for (const output of outputs) {
      expect(output).toContain(`Ansible is ready: ${folder}/bin/ansible-runner`);
    }
    expect(await setUp(env)).toBe(`Ansible is ready: ${folder}/bin/ansible-runner\n`);
    expect(await readdir(join(cache, 'fleetwright'))).toEqual([folder.slice(folder.lastIndexOf('/') + 1)]);
    const { stdout } = await run(join(folder, 'bin', 'ansible-runner'), ['--version']);
    expect(stdout.trim()).toMatch(/^2\.4\./);
  });
});
