import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startControlPlane } from '../../cluster/control-plane.ts';
import type { ControlPlane } from '../../cluster/control-plane.ts';
import { variants } from '../../harness/matrix.ts';
import { nothing, processesMentioning, remains } from './observing.ts';

const bare = { controllerManager: false, scheduler: false, kwok: false };

async function startOwner(): Promise<{ readonly owner: ChildProcess; readonly folder: string }> {
  const owner = spawn(process.execPath, [join(import.meta.dirname, 'fixtures', 'owner.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    owner.kill('SIGKILL');
  });
  for await (const line of createInterface(owner.stdout)) {
    return { owner, folder: line };
  }
  throw new Error('The owner ended without a control plane.');
}

// Of their own: they are stopped and killed here.
let whole: ControlPlane;
let other: ControlPlane;

beforeAll(async () => {
  [whole, other] = await Promise.all([startControlPlane(), startControlPlane({ components: bare })]);
});

afterAll(async () => {
  await Promise.all([whole.stop(), other.stop()]);
});

describe('a control plane', () => {
  test('runs beside another one, with data of its own', async () => {
    expect(whole.url).not.toBe(other.url);
    expect((await whole.kubectl(['create', 'namespace', 'only-here'])).code).toBe(0);
    expect((await other.kubectl(['get', 'namespace', 'only-here'])).stderr).toContain('NotFound');
  });

  test('leaves no process and no folder when it is stopped, stopping twice is fine, and others go on', async () => {
    expect((await remains(whole.folder)).processes).toHaveLength(5);
    await whole.stop();
    expect(await remains(whole.folder)).toEqual(nothing);
    await whole.stop();
    expect((await other.kubectl(['get', '--raw=/readyz'])).stdout).toBe('ok');
  });

  test('whose keeper is killed leaves nothing either, and says that it is gone', async () => {
    const [program] = await processesMentioning(other.folder);
    process.kill(program?.parent ?? 0, 'SIGKILL');
    await expect.poll(() => remains(other.folder), { timeout: 60_000 }).toEqual(nothing);
    await expect(other.apiserver.start()).rejects.toMatchObject({ code: 'KEEPER_GONE' });
  });

  test.for(variants<NodeJS.Signals>(['SIGKILL', 'SIGTERM', 'SIGINT'], ['SIGKILL']))(
    'whose owner dies of %s leaves nothing',
    async (signal) => {
      const { owner, folder } = await startOwner();
      expect((await remains(folder)).processes).not.toEqual([]);
      const died = once(owner, 'exit');
      owner.kill(signal);
      await died;
      await expect.poll(() => remains(folder), { timeout: 60_000 }).toEqual(nothing);
    },
  );

  test('that cannot start shows the end of the log of the program at fault, and leaves nothing', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'fleetwright-test-'));
    onTestFinished(() => rm(temporary, { recursive: true }));
    vi.stubEnv('TMPDIR', temporary);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const failing = startControlPlane({ components: bare, extraApiserverArgs: ['--no-such-flag'] });
    await expect(failing).rejects.toMatchObject({
      code: 'COMPONENT_FAILED',
      message: expect.stringMatching(/kube-apiserver ended with exit code 1[\s\S]*unknown flag: --no-such-flag/),
    });
    expect(await readdir(temporary)).toEqual([]);
    expect(await processesMentioning(temporary)).toEqual([]);
  });

  test('whose port another program has is tried with other ports, and at last the error names the reason', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    onTestFinished(() => {
      taken.close();
    });
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const lines: string[] = [];
    const failing = startControlPlane({
      components: bare,
      extraApiserverArgs: [`--secure-port=${port}`],
      log: (line) => lines.push(line),
    });
    await expect(failing).rejects.toMatchObject({
      code: 'COMPONENT_FAILED',
      message: expect.stringContaining('address already in use'),
    });
    expect(lines).toEqual(Array.from({ length: 4 }, () => expect.stringContaining('trying other ports')));
  });
});
