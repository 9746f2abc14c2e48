import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeAll, describe, expect, test } from 'vitest';

import { objectNameOf } from '../../../apiserver/dispatch/names.ts';
import { historyFinalizer } from '../../../crds/labels.ts';
import { agentTasks, type AgentTask, type AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../../history/agenttask/kind.ts';
import { rowsOf } from '../../../history/agenttask/steps.ts';
import { openHistory } from '../../../history/sqlite.ts';
import type { HistoryStore } from '../../../history/store.ts';
import { siteForFile } from './cluster.ts';
import { startFacade, type FacadeProcess } from './process.ts';

const site = siteForFile();
let history: HistoryStore;
/** A facade that reads the history, beside the site's own, which has none. */
let facade: FacadeProcess;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-history-'));
  const file = join(folder, 'history.sqlite');
  history = await openHistory(file);
  facade = await startFacade(site().kubeconfigPath, site().namespace, { FLEETWRIGHT_HISTORY_FILE: file });
  return async () => {
    await facade.stop();
    await history.close();
    await rm(folder, { recursive: true });
  };
});

const ended: AgentTaskStatus = {
  phase: 'Failed',
  message: 'web-1: no such file',
  startTime: '2030-01-01T00:00:01Z',
  completionTime: '2030-01-01T00:00:02Z',
  hosts: [{ name: 'web-1', result: 'failed', message: 'no such file' }],
};

/** A task that was made, ended, was recorded and deleted, with all that the recorder does meanwhile. */
async function bygone(name: string, from: Readonly<Record<string, string>> = {}): Promise<AgentTask> {
  const { client, namespace, setStatus } = site();
  expect((await facade.post('/api/run', { name, nodes: ['web-1'], tasks: '- ping:' }, from)).status).toBe(200);
  const key = { namespace, name: objectNameOf(name) };
  await setStatus(key.name, ended);
  const task = await client.get(agentTasks, key);
  await history.complete(
    agentTaskHistory,
    task,
    rowsOf([
      {
        host: 'web-1',
        name: 'x',
        action: 'ping',
        start: '2030-01-01T00:00:01Z',
        end: '2030-01-01T00:00:02Z',
        result: 'failed',
        message: 'no such file',
      },
    ]),
    [],
  );
  await client.delete(agentTasks, key);
  await client.mergePatch(agentTasks, key, { metadata: { finalizers: null } });
  await expect
    .poll(async () => (await site().facade.post('/api/check', { name })).status, { timeout: 60_000 })
    .toBe(404);
  return task;
}

describe('with a history', () => {
  test('a task is held until it is recorded, and deleted a day after its end', async () => {
    await facade.post('/api/run', { name: 'held', nodes: ['web-1'], tasks: '- ping:' });
    const { metadata, spec } = await site().client.get(agentTasks, {
      namespace: site().namespace,
      name: objectNameOf('held'),
    });
    expect([metadata.finalizers, spec.ttlSecondsAfterFinished]).toEqual([[historyFinalizer], 86_400]);
    await site().facade.post('/api/run', { name: 'not held', nodes: ['web-1'], tasks: '- ping:' });
    const other = await site().client.get(agentTasks, { namespace: site().namespace, name: objectNameOf('not held') });
    expect([other.metadata.finalizers, other.spec.ttlSecondsAfterFinished]).toEqual([undefined, undefined]);
  });

  test('a task that is gone is reported on as before, by id and by name', async () => {
    const task = await bygone('gone');
    const id = Number(task.metadata.labels?.['fleetwright.io/id']);
    const report = {
      id,
      status: 3,
      err: 'web-1: no such file',
      nodes: '["web-1"]',
      log: '[{"host":"web-1","result":"failed","message":"no such file"}]',
      create_time: new Date(task.metadata.creationTimestamp ?? 0).toUTCString(),
      update_time: 'Tue, 01 Jan 2030 00:00:02 GMT',
    };
    for (const query of [{ id }, { name: 'gone' }])
      expect(await facade.post('/api/check', query)).toEqual({ status: 200, body: { code: 0, content: report } });
    expect(await facade.post('/api/stop', { id })).toEqual({ status: 200, body: { code: 0, content: {} } });
  });

  test('its name is never given again, by either way of making a task', async () => {
    await bygone('once only');
    for (const path of ['/api/run', '/api/parallel_run']) {
      expect(await facade.post(path, { name: 'once only', nodes: ['web-1'], tasks: '- ping:' })).toEqual({
        status: 400,
        body: { code: -1, message: 'task name is duplicate' },
      });
    }
    expect((await site().tasks()).map(({ metadata }) => metadata.name)).not.toContain(objectNameOf('once only'));
  });

  test('its log is read together with those of tasks that are still there', async () => {
    const from = { 'x-correlation-id': '5-5', 'x-resource': 'orion' };
    await bygone('gone with a log', from);
    await facade.post('/api/run', { name: 'still there', nodes: ['web-1'], tasks: '- ping:' }, from);
    const answer = await facade.post('/api/getlog', { source: 'orion', host: 'web-1' }, from);
    expect(answer).toEqual({
      status: 200,
      body: [
        'global_id = 5-5, source = orion, create_time = 2030-01-01T00:00:01Z, ' +
          'end_time = 2030-01-01T00:00:02Z, host = web-1, reuslt = failed',
      ],
    });
  });
});
