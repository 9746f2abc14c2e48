import { beforeEach, describe, expect, test } from 'vitest';

import { taskNameOf } from '../../../../apiserver/jobx/uuids.ts';
import { idLabel } from '../../../../crds/labels.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { agentTask } from '../../../harness/agenttask/objects.ts';
import { MemoryHistory } from '../memory-history.ts';
import { aText, answer, halfway, list, refusal, runs, uuid } from './calls.ts';
import { jobxSite, type JobxSite } from './site.ts';

/** One more than may be. */
const manyNames = Array.from({ length: 256 }, (_, index) => `v${index}`);

let site: JobxSite;
beforeEach(async () => {
  site = await jobxSite();
});

describe('tasks, each call as the document has it', () => {
  test('a job is run on a group, with the uuid that was given, once', async () => {
    await runs(site);
    expect(site.task().spec).toMatchObject({
      jobRef: { name: 'install' },
      variables: { version: '2' },
      source: 'jobx',
    });
    const body = { jobname: 'install', group: 'web', uuid };
    expect(await refusal(site, 'POST', '/task/1/job/byname', body)).toBe(
      'uuid has already existed in the task: give another one, or none',
    );
    const { body: made } = await site.call('POST', '/task/1/job/byname', { jobname: 'install', group: 'web' });
    expect(made['uuid']).toMatch(/^[a-zA-Z0-9]{11}[a-z]$/);
  });

  test('a group, a task and its stop are there at once, also when the caches lag', async () => {
    site.holdCaches();
    await runs(site);
    expect(await answer(site, 'GET', `/task/1/${uuid}`)).toMatchObject({ data: { uuid } });
    expect(await answer(site, 'PUT', `/task/1/${uuid}`)).toEqual({ stat: true });
    expect(await answer(site, 'GET', '/group/1/1')).toMatchObject({ data: { name: 'web' } });
  });

  test('a task is listed, shown and counted', async () => {
    await runs(site);
    site.setStatus(site.task(), halfway);
    const line = {
      id: 1,
      uuid,
      name: 'install',
      user: 'flow@app',
      slave: 'fleetwright',
      status: 'running',
      starttime: '2026-01-15 10:00:00',
      finishtime: null,
      calltype: 'api',
      runtime: null,
      reason: '',
      variable: 'version: "2"\n',
    };
    expect(await answer(site, 'GET', '/task/1')).toEqual({ stat: true, data: [{ ...line, projectid: 1 }] });
    expect(await answer(site, 'GET', `/task/1/${uuid}`)).toEqual({
      stat: true,
      data: { ...line, pid: null, starttimems: '1768471200.000', finishtimems: null },
    });
    expect(await answer(site, 'GET', '/task/1/aaaaaaaaaaaa')).toEqual({ stat: true, data: null });
    expect(await answer(site, 'GET', '/task/1/count')).toEqual({
      stat: true,
      data: { success: 0, running: 1, fail: 0 },
    });
  });

  test.each([
    ['name=nst', 1],
    ['name=other', 0],
    ['user=flow%40app', 1],
    ['user=ann', 0],
    ['status=running', 1],
    ['status=fail', 0],
    [`taskuuid=${uuid}`, 1],
    ['time_start=2026-01-15&time_end=2026-01-15', 1],
    ['time_start=2026-01-16', 0],
    ['time_end=2026-01-14', 0],
    ['name=&status=', 1],
  ])('the list is filtered by %s', async (query, count) => {
    await runs(site);
    site.setStatus(site.task(), halfway);
    const { body } = await site.call('GET', `/task/1?${query}`);
    expect(body.data).toHaveLength(count);
  });

  test('a batch that failed is confirmed, once, and who did so is told', async () => {
    await runs(site);
    site.setStatus(site.task(), halfway);
    const { body } = await site.call('GET', `/subtask/1/${uuid}`);
    const [first, second] = body.data as Readonly<Record<string, unknown>>[];
    expect(first).toMatchObject({
      parent_uuid: uuid,
      nodelist: 'node1,node2',
      nodecount: 2,
      starttime: '2026-01-15 10:00:01',
      runtime: '90.000',
      status: 'fail',
      confirm: 'WaitConfirm',
    });
    expect(second).toMatchObject({ nodelist: 'node3', status: 'init', confirm: '', starttime: null });
    const confirm = `/subtask/1/${String(first?.['uuid'])}/confirm`;
    expect(await refusal(site, 'PUT', `/subtask/1/${String(second?.['uuid'])}/confirm`)).toMatch(/does not wait/);
    expect(await answer(site, 'PUT', confirm)).toEqual({ stat: true, data: 1 });
    expect(site.task().spec.confirm).toEqual({
      batch: 2,
      revision: '08b17c47653f',
      user: 'flow@app',
      action: 'Proceed',
    });
    const { waiting: _, ...status } = halfway;
    const [batch, ...others] = halfway.batches ?? [];
    if (batch === undefined) throw new Error('there is no batch');
    site.setStatus(site.task(), {
      ...status,
      batches: [{ ...batch, confirm: 'Confirmed' }, ...others],
      decisions: [
        { batch: 2, revision: '08b17c47653f', action: 'Proceed', user: 'flow@app', time: '2026-01-15T10:02:00Z' },
      ],
    });
    expect(await answer(site, 'GET', `/subtask/1/${uuid}`)).toMatchObject({ data: [{ confirm: 'flow@app' }, {}] });
    expect(await refusal(site, 'PUT', confirm)).toMatch(/^subtask does not wait for confirmation: /);
    expect(await refusal(site, 'PUT', '/subtask/1/aaaaaaaaaaaa/confirm')).toBe(
      'no find subtask: give the uuid of a batch, as GET /subtask/1/:taskuuid tells it',
    );
    expect(await answer(site, 'GET', '/subtask/1/aaaaaaaaaaaa')).toEqual({ stat: true, data: [] });
  });

  test.each(['DELETE', 'PUT'] as const)('a task is stopped by %s, and one that is done is left', async (method) => {
    await runs(site);
    expect(await answer(site, method, `/task/1/${uuid}`)).toEqual({ stat: true });
    expect(site.task().spec.stop).toBe(true);
    site.setStatus(site.task(), { phase: 'Stopped' });
    expect(await answer(site, method, `/task/1/${uuid}`)).toEqual({ stat: true, info: 'subtask is done' });
    expect(await refusal(site, method, '/task/1/aaaaaaaaaaaa')).toBe(
      'no find task: project 1 has no task aaaaaaaaaaaa; see GET /task/1',
    );
  });

  test('a task is taken back by a task with the recorded version, once', async () => {
    await runs(site, { version: '2', _rollbackVersion_: '1' });
    expect(await answer(site, 'PUT', `/task/1/${uuid}/rollback`)).toEqual({ stat: true, info: 'ok' });
    const back = site.task(taskNameOf('AbCdEfGhIj1K'));
    expect(back.spec).toMatchObject({
      groupRef: { name: expect.any(String) as string },
      rollbackOf: { name: taskNameOf(uuid) },
      variables: { version: '1' },
    });
    expect(await refusal(site, 'PUT', `/task/1/${uuid}/rollback`)).toBe(
      'it is decided already: rollback: see GET /task/1/AbCdEfGhIj1K',
    );
    expect(await refusal(site, 'PUT', `/task/1/${uuid}/norollback`)).toBe('it is decided already: rollback');
    expect(await refusal(site, 'PUT', '/task/1/AbCdEfGhIj1K/rollback')).toBe(
      'role ne deploy: this task takes another one back',
    );
    expect(await answer(site, 'GET', '/task/1')).toMatchObject({ data: [{ uuid }, { uuid: 'AbCdEfGhIj1K' }] });
  });

  test('a task that names no version, or runs no job, is not taken back, and nothing is recorded of it', async () => {
    await runs(site, { _rollbackVersion_: null });
    expect(await refusal(site, 'PUT', `/task/1/${uuid}/rollback`)).toMatch(/^variable nodefined _rollbackVersion_: /);
    site.setStatus(site.task(), { phase: 'Succeeded' });
    // Nobody is waited for who could not decide.
    expect(await answer(site, 'POST', '/third/interface/query', { uuid, retry_count: 10 })).toMatchObject({
      type: 'deployonly',
      status: 'complete',
    });
    site.api.mergePatch(agentTasks, site.task().metadata, {
      spec: { jobRef: null, content: '[]', variables: { _rollbackVersion_: '1' } },
    });
    expect(await refusal(site, 'PUT', `/task/1/${uuid}/rollback`)).toBe(
      'the task runs no job: take it back by a task of your own',
    );
    expect(await answer(site, 'PUT', `/task/1/${uuid}/norollback`)).toEqual({ stat: true, info: 'ok' });
  });

  test('it is decided that a task is not taken back', async () => {
    await runs(site, { _rollbackVersion_: '1' });
    expect(await answer(site, 'PUT', `/task/1/${uuid}/norollback`)).toEqual({ stat: true, info: 'ok' });
    expect(await refusal(site, 'PUT', `/task/1/${uuid}/rollback`)).toBe('it is decided already: norollback');
    expect(await refusal(site, 'PUT', `/task/1/${uuid}/other`)).toBe(
      'check format fail control need in rollback,norollback',
    );
  });

  test.each<[string, object, string]>([
    ['no job', { group: 'web' }, `check format fail jobname undef: it is required: give ${aText}`],
    ['no group', { jobname: 'install' }, `check format fail group undef: it is required: give ${aText}`],
    [
      'a group that is not there',
      { jobname: 'install', group: 'x' },
      'group name null: x: make such a group, or name another one',
    ],
    [
      'a job that is not there',
      { jobname: 'x', group: 'web' },
      'job name null: x: there is no AgentJob of this name in the namespace default',
    ],
    [
      'variables that are none',
      { jobname: 'install', group: 'web', variable: 'x' },
      'check params variable no HASH: give variable as a JSON object',
    ],
    [
      'a variable that would choose another connection',
      { jobname: 'install', group: 'web', variable: { ansible_connection: 'local' } },
      'check format fail variable format error: "ansible_connection" ' +
        "is a setting of Ansible's connection, which variables must not change: set it in the tasks",
    ],
    [
      'more variables than a task has',
      { jobname: 'install', group: 'web', variable: Object.fromEntries(manyNames.map((name) => [name, 1])) },
      'check format fail variable format error: there are 256 variables, more than 255: ' +
        'put some of them into one, by name',
    ],
    [
      'a number that would lose digits',
      { jobname: 'install', group: 'web', variable: { a: [2 ** 60] } },
      'check format fail variable format error: holds a whole number beyond 9007199254740991, ' +
        'which would lose digits: send it as text, in quotes',
    ],
    [
      'variables that leave no room for results',
      { jobname: 'install', group: 'web', variable: { a: 'x'.repeat(256 * 1024) } },
      'check format fail variable format error: it is larger than 256 KiB: ' +
        'move large data to where the hosts can fetch it',
    ],
    [
      'a uuid that would be that of a rollback',
      { jobname: 'install', group: 'web', uuid: 'AbCdEfGhIj1K' },
      'check format fail uuid format error (?^:^[a-zA-Z0-9]{11}[a-z]$): ' +
        'give eleven letters and digits, and then a small letter',
    ],
  ])('a run with %s is refused', async (_what, body, info) => {
    await answer(site, 'POST', '/group/1', list);
    expect(await refusal(site, 'POST', '/task/1/job/byname', body)).toBe(info);
    expect(site.api.list(agentTasks)).toEqual([]);
  });

  test('the analysis tells of the last 30 days', async () => {
    await runs(site);
    site.setStatus(site.task(), { ...halfway, phase: 'Succeeded', completionTime: '2026-01-15T10:04:00Z' });
    expect(await answer(site, 'GET', '/task/1/analysis/last?count=5')).toEqual({
      stat: true,
      data: [{ user: 'flow@app', runtime: '240.000', status: 'success', name: 'install' }],
    });
    expect(await answer(site, 'GET', '/task/1/analysis/date')).toEqual({ stat: true, data: [['2026-01-15', 1, 1]] });
    expect(await answer(site, 'GET', '/task/1/analysis/hour')).toEqual({ stat: true, data: [['10', 1]] });
    const shares = { '0-1': '0.00', '1-3': '0.00', '3-5': '100.00', '5-10': '0.00', '10-30': '0.00', '30+': '0.00' };
    expect(await answer(site, 'GET', '/task/1/analysis/runtime')).toEqual({ stat: true, data: shares });
  });

  test('a task that kubectl made is there too', async () => {
    site.api.create(agentTasks, agentTask('by-hand', { groupRef: { name: 'web' } }));
    const { body } = await site.call('GET', '/task/1');
    const [line] = body.data as readonly { readonly uuid: string; readonly name: string }[];
    expect(line?.name).toBe('by-hand');
    expect(await answer(site, 'GET', `/task/1/${line?.uuid}`)).toMatchObject({ data: { name: 'by-hand' } });
  });

  test('a task that kubectl made is found by its uuid when only the history knows it', async () => {
    const history = new MemoryHistory();
    site = await jobxSite({ history });
    const task = agentTask('by-hand', { groupRef: { name: 'web' } });
    const metadata = { ...task.metadata, namespace: 'default', labels: { [idLabel]: '7' } };
    const { uid = '' } = site.api.create(agentTasks, { ...task, metadata }).metadata;
    const { body } = await site.call('GET', '/task/1');
    const [line] = body.data as readonly { readonly uuid: string }[];
    site.api.delete(agentTasks, metadata);
    history.add({ ...task, kind: 'AgentTask', metadata: { ...metadata, uid } });
    const expected = { data: { name: 'by-hand', uuid: line?.uuid } };
    expect(await answer(site, 'GET', `/task/1/${line?.uuid}`)).toMatchObject(expected);
  });
});

test('a task is deleted some time after its end, where that is set, and so is the one that takes it back', async () => {
  site = await jobxSite({ ttlSeconds: 3600 });
  await runs(site, { version: '2', _rollbackVersion_: '1' });
  expect(await answer(site, 'PUT', `/task/1/${uuid}/rollback`)).toEqual({ stat: true, info: 'ok' });
  expect(site.api.list(agentTasks).map(({ spec }) => spec.ttlSecondsAfterFinished)).toEqual([3600, 3600]);
});

test('a job is run by a form, too, in which its variables are JSON', async () => {
  await answer(site, 'POST', '/group/1', list);
  const form = new URLSearchParams({ jobname: 'install', group: 'web', variable: '{"version":"2"}', uuid });
  expect(await answer(site, 'POST', '/task/1/job/byname', form.toString())).toEqual({ stat: true, uuid, data: 1 });
  expect(site.task().spec.variables).toEqual({ version: '2' });
  const bad = new URLSearchParams({ jobname: 'install', group: 'web', variable: '[1]' });
  expect(await refusal(site, 'POST', '/task/1/job/byname', bad.toString())).toMatch(/^check params variable no HASH/);
});

test('variables that are nested without end are refused', async () => {
  await answer(site, 'POST', '/group/1', list);
  const depth = 100_000;
  const body = `{"jobname":"install","group":"web","variable":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`;
  expect(await refusal(site, 'POST', '/task/1/job/byname', body)).toBe(
    'check format fail variable format error: nested deeper than 64 levels: flatten it',
  );
});
