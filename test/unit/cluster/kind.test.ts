import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kindUp } from '../../cluster/kind.ts';
import { scratchFolder, script } from './scratch.ts';

interface Tools {
  readonly docker?: string;
  readonly kind?: string;
}

async function kindUpWith(tools: Tools): Promise<{ readonly calls: string; readonly lines: readonly string[] }> {
  const folder = await scratchFolder();
  const calls = join(folder, 'calls');
  if (tools.docker !== undefined) {
    await script(join(folder, 'docker'), tools.docker);
  }
  if (tools.kind !== undefined) {
    await script(join(folder, 'kind'), `echo "$@" >> ${calls}\n${tools.kind}`);
  }
  const lines: string[] = [];
  await kindUp('ours', join(folder, 'state', 'kubeconfig'), { PATH: folder }, (line) => lines.push(line));
  return { calls: await readFile(calls, 'utf8'), lines };
}

describe('a kind cluster', () => {
  test('without Docker is refused with what to install', async () => {
    await expect(kindUpWith({})).rejects.toMatchObject({
      code: 'DOCKER_MISSING',
      message: expect.stringMatching(/install Docker/),
    });
  });

  test('with an engine that does not run is refused with what Docker said', async () => {
    const docker = 'echo "Cannot connect to the daemon" >&2; exit 1';
    await expect(kindUpWith({ docker })).rejects.toMatchObject({
      code: 'DOCKER_MISSING',
      message: expect.stringMatching(/start it[\s\S]*Cannot connect to the daemon/),
    });
  });

  test('without kind is refused with what to install', async () => {
    await expect(kindUpWith({ docker: 'echo 28' })).rejects.toMatchObject({
      code: 'KIND_MISSING',
      message: expect.stringMatching(/go install sigs.k8s.io\/kind/),
    });
  });

  test('is made with a kubeconfig of its own', async () => {
    const { calls, lines } = await kindUpWith({ docker: 'echo 28', kind: '[ "$1" = get ] && echo other; exit 0' });
    expect(calls).toMatch(/^create cluster --name ours --kubeconfig \S+\/state\/kubeconfig --wait 120s$/m);
    expect(lines).toHaveLength(1);
  });

  test('that is there already is taken', async () => {
    const { calls } = await kindUpWith({ docker: 'echo 28', kind: '[ "$1" = get ] && echo ours; exit 0' });
    expect(calls).toMatch(/^export kubeconfig --name ours/m);
    expect(calls).not.toMatch(/^create/m);
  });

  test('that cannot be made shows what kind said', async () => {
    const kind = '[ "$1" = create ] && { echo "no such image" >&2; exit 1; }; exit 0';
    await expect(kindUpWith({ docker: 'echo 28', kind })).rejects.toMatchObject({
      code: 'KIND_FAILED',
      message: expect.stringContaining('no such image'),
    });
  });
});
