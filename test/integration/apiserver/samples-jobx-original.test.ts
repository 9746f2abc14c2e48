import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { testCluster } from '../../cluster/testing.ts';
import { callJobx, type DocumentedCall } from './jobx.ts';
import { JobxProject, patience } from './jobx-project.ts';
import { launchFacade } from './process.ts';

/* What differs in original mode, by a facade over a real API server and controllers whose runs are played. */

let project: JobxProject;

beforeAll(async () => {
  project = await JobxProject.open(async () => ({ FLEETWRIGHT_JOBX_MODE: 'original' }));
});
afterAll(() => project?.close());

const group = { name: 'web', group_type: 'list', node: 'node1;node2' };

test('group: bad parameters, the first of them, are told in the words of the original', async () => {
  const make = 'POST /group/:projectid';
  const refused = async (body: object): Promise<unknown> => project.call(make, { body });
  expect(await refused({})).toEqual({ stat: false, info: 'check format fail name undef' });
  expect(await refused({ name: "a'b", note: "c'd" })).toEqual({
    stat: false,
    info: 'check format fail name format error',
  });
  expect(await refused({ ...group, group_type: 'x' })).toEqual({ stat: false, info: 'group type unkwon' });
  expect(await refused({ name: 'p', group_type: 'percent', percent: '1:%10' })).toEqual({
    stat: false,
    info: 'percent format error',
  });
  expect(await project.call(make, { body: group })).toEqual({ stat: true, data: true });
  expect(await refused(group)).toEqual({ stat: false, info: "Duplicate entry '1-web'" });
  expect(await project.call('GET /group/:projectid/:id', { path: { id: 99 } })).toEqual({
    stat: false,
    info: 'mismatch id',
  });
});

test('callers: a wrong key is a code, an unknown project is not his', async () => {
  const call = 'GET /group/:projectid' as const;
  const wrong = { ...project.app.headers, appkey: 'x' };
  expect(await callJobx(project.url, wrong, call, { path: { projectid: 1 } })).toEqual({
    status: 200,
    body: { stat: false, code: 10_000 },
  });
  expect(await project.call(call, { path: { projectid: 9 } })).toEqual({ stat: false, info: 'Unauthorized' });
});

test('task: a batch that failed is confirmed, says "task stop" then, and the task is taken back once', async () => {
  project.failing.add('node1');
  const variable = { version: '2', _rollbackVersion_: '1' };
  const body = { jobname: 'install', group: 'web', variable, uuid: 'AbCdEfGhIj1k' };
  const started = (await project.call('POST /task/:projectid/job/byname', { body })) as { readonly uuid: string };
  const { uuid } = started;
  // That the original did not take.
  expect(uuid).not.toBe(body.uuid);
  await project.waitsForConfirmation(uuid);
  const [first, second] = await project.subtasks(uuid);
  const confirm = 'PUT /subtask/:projectid/:subtaskuuid/confirm';
  const confirmed = async (subtaskuuid: string): Promise<unknown> => project.call(confirm, { path: { subtaskuuid } });
  // Nothing is asked for there.
  expect(await confirmed(String(second?.['uuid']))).toEqual({ stat: true, data: 1 });
  expect((await project.subtasks(uuid))[0]?.['confirm']).toBe('WaitConfirm');
  expect(await confirmed(String(first?.['uuid']))).toEqual({ stat: true, data: 1 });
  await expect.poll(async () => (await project.subtasks(uuid))[0]?.['confirm'], patience).toBe('task stop');
  await project.becomes(uuid, 'fail');
  const decide = async (control: string): Promise<unknown> =>
    project.call('PUT /task/:projectid/:uuid/:control', { path: { uuid, control } });
  expect(await decide('norollback')).toEqual({ stat: true, info: 'ok' });
  const back = uuid.slice(0, -1) + uuid.slice(-1).toUpperCase();
  expect(await decide('rollback')).toEqual({ stat: false, info: `Duplicate entry '${back}'` });
  project.failing.clear();
});

test('third: a program that stops a task goes by msg', async () => {
  project.failing.add('node1');
  const asked = { project_id: 1, uuid: 'ZyXwVuTsRq98', params: { jobname: 'install', group: 'web' } };
  expect(await project.call('POST /third/interface/invoke', { body: asked })).toMatchObject({ stat: true });
  expect(await project.call('POST /third/interface/dry-run', { body: asked })).toEqual({
    stat: null,
    info: 'uuid has already existed in the task',
  });
  expect(await project.call('POST /third/interface/stop', { body: { uuid: asked.uuid } })).toEqual({
    stat: false,
    uuid: 'ZyXwVuTsRq9a',
    msg: 'stoping',
  });
  expect(await project.call('DELETE /task/:projectid/:uuid', { path: { uuid: 'aaaaaaaaaaaa' } })).toEqual({
    stat: true,
  });
  project.failing.clear();
});

test('slave: the log is a page, and a text for whoever asks for one', async () => {
  const url = `${project.url}/slave/any/log/ZyXwVuTsRq9a`;
  const page = await fetch(url);
  expect({ status: page.status, type: page.headers.get('content-type') }).toEqual({
    status: 200,
    type: 'text/html; charset=utf-8',
  });
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-/);
  const text = await fetch(url, { headers: { ...project.app.headers, accept: 'text/plain' } });
  expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await (await fetch(`${url}/stream`)).json()).toEqual({ stat: false, code: 10_000 });
});

test('what is read is the same in both modes, but for who has confirmed and what the log tells', async () => {
  await project.becomes('ZyXwVuTsRq9a', 'fail');
  const body = { jobname: 'install', group: 'web', variable: { version: '2', _rollbackVersion_: '1' } };
  const started = (await project.call('POST /task/:projectid/job/byname', { body })) as { readonly uuid: string };
  const { uuid } = started;
  await project.becomes(uuid, 'success');
  const control = { path: { uuid, control: 'rollback' } };
  expect(await project.call('PUT /task/:projectid/:uuid/:control', control)).toEqual({ stat: true, info: 'ok' });
  await project.becomes(uuid.slice(0, -1) + uuid.slice(-1).toUpperCase(), 'success');
  const other = await launchFacade(testCluster().kubeconfigPath, project.namespace, {
    FLEETWRIGHT_JOBX_PROJECTS: `1=${project.namespace}`,
  });
  onTestFinished(async () => void (await other.stop()));
  const { data } = (await project.call('GET /group/:projectid')) as {
    readonly data: readonly { readonly id: number }[];
  };
  const path = { projectid: 1, id: data[0]?.id ?? 0, uuid, taskuuid: uuid };
  const reads: readonly DocumentedCall[] = [
    'GET /group/:projectid',
    'GET /group/:projectid/:id',
    'GET /group/:projectid/:id/node',
    'GET /task/:projectid',
    'GET /task/:projectid/count',
    'GET /task/:projectid/:uuid',
    'GET /task/:projectid/analysis/last',
    'GET /task/:projectid/analysis/date',
    'GET /task/:projectid/analysis/hour',
    'GET /task/:projectid/analysis/runtime',
    'GET /subtask/:projectid/:taskuuid',
  ];
  for (const documented of reads) {
    const { body: answered } = await callJobx(other.url, project.app.headers, documented, { path });
    expect(answered).toMatchObject({ stat: true });
    expect(await project.call(documented, { path })).toEqual(answered);
  }
  // One that was stopped before it began is counted in no month.
  expect(await project.call('GET /task/:projectid/count')).toMatchObject({ data: { success: 2, running: 0 } });
});
