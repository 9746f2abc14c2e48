import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

import { describe, expect, onTestFinished, test } from 'vitest';

import { openSearchAvailable } from '../../opensearch/available.ts';
import { startControlPlane } from '../../cluster/control-plane.ts';
import { testCluster } from '../../cluster/testing.ts';
import { patience, variants } from '../../harness/matrix.ts';

const main = join(import.meta.dirname, '..', '..', 'run', 'main.ts');
const shell = promisify(execFile);

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly lines: readonly string[];
  /** Where it keeps everything that it makes. */
  readonly folder: string;
  said(this: void, text: string): Promise<void>;
  /** As Ctrl-C does: every program of its process group gets the signal. */
  interrupt(this: void): void;
}

/** Runs what `make run` runs, with these variables, on the cluster of a kubeconfig or on one of its own. */
async function start(variables: Readonly<Record<string, string>>): Promise<Run> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-make-run-'));
  // Some of what it starts runs as another user.
  await chmod(folder, 0o711);
  const { KUBECONFIG: _, FLEETWRIGHT_TEST_KUBECONFIG: __, FLEETWRIGHT_PORT: ___, ...env } = process.env;
  const child = spawn(process.execPath, [main], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...env, TMPDIR: folder, ...variables },
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  const lines: string[] = [];
  const news = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      news.dispatchEvent(new Event('line'));
    });
  }
  const said = async (text: string): Promise<void> => {
    const early = ended.then((code) => {
      throw new Error(`make run ended with ${code}:\n${lines.slice(-20).join('\n')}`);
    });
    while (!lines.some((line) => line.includes(text))) await Promise.race([once(news, 'line'), early]);
    early.catch(() => undefined);
  };
  const interrupt = (): void => void process.kill(-(child.pid ?? 0), 'SIGINT');
  return { child, ended, lines, folder, said, interrupt };
}

/** What a line of shell writes, as it was printed. */
async function written(line: string): Promise<string> {
  return (await shell('bash', ['-c', line])).stdout;
}

/** The answer to such a line. */
async function pasted<T = object>(line: string): Promise<T> {
  return JSON.parse(await written(line)) as T;
}

/** Pastes the lines of an API in their order, in which each finds what it needs, and holds each against its answer. */
async function pasteAll(lines: readonly string[], paths: RegExp, answers: readonly object[]): Promise<void> {
  const ofApi = lines.filter((line) => line.startsWith('curl ') && paths.test(line));
  expect(ofApi).toHaveLength(answers.length);
  for (const [index, line] of ofApi.entries())
    await expect
      .poll(async () => ({ line, answer: await pasted(line) }), { timeout: 120_000, interval: 500 })
      .toMatchObject({ line, answer: answers[index] });
}

async function pasteJobx(lines: readonly string[], mode: string): Promise<void> {
  const uuid = / http:\S+\/task\/1\/([a-zA-Z0-9]{11}[a-z])\/rollback /.exec(lines.join('\n'))?.[1] ?? '';
  const back = uuid.slice(0, -1) + uuid.slice(-1).toUpperCase();
  const done = { stat: true };
  const batches = [{ status: 'success' }, { status: 'fail', confirm: 'WaitConfirm' }, { status: 'init' }];
  // The log of the original program knew nothing of confirmations.
  const noted = mode === 'original' ? 'add group my group' : `confirm task ${uuid}`;
  await pasteAll(lines, / http:\S+\/((group|task|subtask|log)\/1[/ ]|third\/)/, [
    { ...done, data: [{ name: 'demo', group_type: 'list' }] },
    { ...done, data: [['app-1'], ['app-2', 'app-3'], ['app-4']] },
    { ...done, data: true },
    { ...done, uuid, data: 1 },
    { ...done, data: { uuid, status: 'running', name: 'demo-install', user: 'make-run-jobx' } },
    { ...done, data: batches },
    { ...done, data: 1 },
    { ...done, info: 'subtask is done' },
    { ...done, info: 'ok' },
    { ...done, data: { uuid: back, status: 'success' } },
    { ...done, data: [{ status: 'fail' }, { uuid, status: 'fail' }, { uuid: back }] },
    { ...done, data: [{ status: 'success' }, { status: 'fail' }, { status: 'fail' }] },
    { ...done, data: expect.arrayContaining([expect.objectContaining({ info: noted })]) },
  ]);
  const logs = lines.filter((line) => line.startsWith('curl ') && line.includes('/slave/fleetwright/log/'));
  const [stream = '', log = ''] = logs;
  expect(await written(stream)).toMatch(/\nevent: end\ndata: fail\n/);
  expect(await written(log)).toMatch(/ app-3 failed look: it does not start\n/);
}

async function pasteStages(lines: readonly string[], mode: string): Promise<void> {
  const done = { return: 'true' };
  const one = (entity: object): object => (mode === 'original' ? entity : [entity]);
  await pasteAll(lines, / http:\S+\/cluster\/stage\//, [
    { ...done, entity: one({ stage: 'running' }) },
    { ...done, entity: one({ stage: 'running' }), stage_info: { stage: 'running' } },
    { ...done, entity: one({ stage: 'running' }) },
    { ...done, entity: expect.arrayContaining(['running', 'support', 'upgrading', 'booting']) },
    { ...done, entity: one({ Stage: 'running', Status_Msg: 'RUNNING' }) },
  ]);
}

/** Programs that were started with something in the folder. */
async function programsOf(folder: string): Promise<string> {
  const { stdout } = await shell('ps', ['-eo', 'args']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(folder))
    .join('\n');
}

describe.skipIf(!testCluster().owned)('make run', { timeout: patience(300_000) }, () => {
  // By day the other mode is that of the test after it.
  test.each(variants(['documented', 'original'], ['documented']))(
    'in %s mode prints a line for each call that can be pasted and works, and leaves nothing behind',
    async (mode) => {
      const run = await start({ DISPATCH_MODE: mode, JOBX_MODE: mode, STAGE_MODE: mode });
      await run.said('# the log of all that was run');
      await run.said('/api/getlog -H');
      expect(run.lines.join('\n')).toContain(`answers in ${mode} mode`);
      // What the examples wait for is not asked for again and again, but until the facade has heard of it.
      for (const call of ['/api/check', '/subtask/:projectid/:taskuuid"']) {
        const calls = run.lines.filter((line) => line.includes('request answered') && line.includes(call));
        expect(calls.length).toBeLessThan(5);
      }
      // Each demo prints lines; these are the ones of dispatch.
      const ofDispatch = /^curl .* http:\/\/127\.0\.0\.1:\d+\/api\/(run|parallel_run|check|stop|getlog) /;
      const lines = run.lines.filter((line) => ofDispatch.test(line));
      const paths = ['/api/run', '/api/run', '/api/parallel_run', '/api/check', '/api/stop', '/api/getlog'];
      expect(lines.map((line) => / http:\/\/127\.0\.0\.1:\d+(\S+)/.exec(line)?.[1])).toEqual(paths);
      for (const line of lines.slice(0, -1))
        expect(await pasted(line)).toMatchObject({ code: 0, content: expect.any(Object) });

      const [task = '', , , check = '', , getlog = ''] = lines;
      for (const name of ['my first task', 'my first role']) {
        await expect
          .poll(async () => JSON.stringify(await pasted(check.replace('my first task', name))), {
            timeout: 120_000,
            interval: 500,
          })
          .toContain('"status":2');
      }
      expect(JSON.stringify(await pasted(getlog))).toContain('global_id = 1-1, source = demo');
      expect(await pasted(task)).toEqual({ code: -1, message: 'task name is duplicate' });
      await pasteJobx(run.lines, mode);
      await pasteStages(run.lines, mode);

      run.interrupt();
      expect(await run.ended).toBe(0);
      expect(await programsOf(run.folder)).toBe('');
      expect(await readdir(run.folder)).toEqual([]);
    },
  );

  test.each(variants(['opensearch'], []))(
    'with WITH=%s rolls real nodes, prints calls that can be pasted, and leaves nothing behind',
    async (word) => {
      const run = await start({ WITH: word });
      const available = await openSearchAvailable();
      if (!available.ok) return run.said(`WITH=${word} cannot be shown here: ${available.reason}`);
      await run.said('/_cat/nodes?h=');
      const calls = run.lines.filter((line) => line.includes('/cluster/getRollingUpgradeProgress -H'));
      expect(calls).toHaveLength(3);
      for (const line of calls) {
        const { code, result } = await pasted<{ readonly code: number; readonly result: object }>(line);
        expect(code).toBe(0);
        const complete = { status: 'complete', nodeRoleCode: 'M' };
        expect(result).toMatchObject({ nodeCount: 3, nodeStatusVoList: [complete, complete, complete] });
      }
      run.interrupt();
      expect(await run.ended).toBe(0);
      expect(await programsOf(run.folder)).toBe('');
      expect(await readdir(run.folder)).toEqual([]);
    },
  );

  test('leaves in a given cluster what people made, but no credential and nothing that waits for it', async () => {
    // A given one, which nobody else uses.
    const plane = await startControlPlane({ components: { controllerManager: false, scheduler: false, kwok: false } });
    onTestFinished(() => plane.stop());
    const run = await start({
      DISPATCH_MODE: 'original',
      JOBX_MODE: 'original',
      STAGE_MODE: 'original',
      KUBECONFIG: plane.kubeconfigPath,
    });
    await run.said('/api/getlog -H');
    const task = run.lines.find((line) => line.startsWith('curl '));
    expect(await pasted(task ?? '')).toMatchObject({ code: 0 });
    await run.said('/api/cluster/stage/info');
    const stage = run.lines.find((line) => line.includes('/api/cluster/stage/list '));
    expect(await pasted(stage ?? '')).toMatchObject({ success: true, count: expect.any(Number) });
    run.interrupt();
    expect(await run.ended).toBe(0);

    const found = async (...args: readonly string[]): Promise<string> => (await plane.kubectl(['get', ...args])).stdout;
    expect(
      await found(
        'secrets,roles,rolebindings',
        '--all-namespaces',
        '--selector',
        'fleetwright.io/credential-name',
        '--output',
        'name',
      ),
    ).toBe('');
    const finalizers = await found(
      'agenttasks,clusterstages',
      '--output',
      'jsonpath={range .items[*]}{.metadata.finalizers}{"\\n"}{end}',
    );
    expect(finalizers.trimEnd().split('\n').length).toBeGreaterThanOrEqual(3);
    expect(finalizers).not.toContain('fleetwright.io/history');
    // What the example made for itself goes, although the history held it.
    expect(await found('agentjobs,deploygroups', '--output', 'name')).toBe('');
    expect(await readdir(run.folder)).toEqual([]);
  });

  test('that is interrupted while it sets up does not complain of what that broke off', async () => {
    const assets = await mkdtemp(join(tmpdir(), 'fleetwright-make-run-'));
    onTestFinished(() => rm(assets, { recursive: true }));
    const [kubectl, began] = [join(assets, 'kubectl'), join(assets, 'began')];
    await writeFile(kubectl, `#!/bin/sh\necho $$ > '${began}'\nexec sleep 600\n`, { mode: 0o755 });
    const run = await start({ KUBECONFIG: join(assets, 'none'), KUBEBUILDER_ASSETS: assets });
    await expect.poll(() => readdir(assets), { timeout: 60_000 }).toContain('began');
    run.interrupt();
    expect(await run.ended).toBe(0);
    expect(run.lines).toEqual([`Using the cluster of ${join(assets, 'none')}.`, 'Stopping.']);
  });

  test('says at once what is wrong with its variable', async () => {
    const run = await start({ DISPATCH_MODE: 'orginal' });
    expect(await run.ended).toBe(1);
    expect(run.lines).toEqual([
      'make run: DISPATCH_MODE is "orginal": ' +
        'give one of documented, original, for example: make run DISPATCH_MODE=original',
    ]);
  });
});
