import { afterAll, beforeAll, expect, test } from 'vitest';

import { documentedCalls } from './jobx.ts';
import { JobxProject, patience } from './jobx-project.ts';

/**
 * Each call of the API's document but those of other programs, sent as it says to a facade over a real API server, with
 * its own parameters where it gives some, to controllers whose runs are played. The document gives no answers: their
 * fields are those of the original program.
 */

let project: JobxProject;

beforeAll(async () => {
  project = await JobxProject.open();
});
afterAll(() => project?.close());

const time = expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/) as string;
const seconds = expect.stringMatching(/^\d+\.\d{3}$/) as string;
const number = expect.any(Number) as number;
const uuidForm = expect.stringMatching(/^[a-zA-Z0-9]{11}[a-z]$/) as string;
const today = (): string => new Date().toISOString().slice(0, 10);
const began = today();

const uuid = 'AbCdEfGhIj1k';
const back = 'AbCdEfGhIj1K';
/** One batch: the second one of the document's list. */
const small = { name: 'small', note: '', group_type: 'list', node: 'node3' };

/** A batch as it begins. */
const unbegun = { starttime: null, finishtime: null, runtime: null, status: 'init', confirm: '' };

function subtask(parent: string, nodes: readonly string[], more: object = {}): object {
  const ended = { starttime: time, finishtime: time, runtime: seconds, status: 'success', confirm: '' };
  const about = { id: number, parent_uuid: parent, uuid: uuidForm, nodelist: nodes.join(','), nodecount: nodes.length };
  return { ...about, ...ended, ...more };
}

test('group: a list and a percent group are made, listed, shown, changed and deleted', async () => {
  const list = { name: 'web', note: 'all of it', group_type: 'list', node: 'node1,node2;node3' };
  expect(await project.call('POST /group/:projectid', { body: list })).toEqual({ stat: true, data: true });
  // As curl -d sends it.
  const percent = new URLSearchParams({ name: 'part', note: '', group_type: 'percent', percent: '1:2:%10:5%' });
  expect(await project.call('POST /group/:projectid', { body: percent.toString() })).toEqual({
    stat: true,
    data: true,
  });
  const made = { group_uuid: expect.stringMatching(/^[0-9a-f]{12}$/) as string, edit_time: time };
  const [web, part] = [
    { id: number, name: 'web', note: 'all of it', group_type: 'list', ...made },
    { id: number, name: 'part', note: '', group_type: 'percent', ...made },
  ];
  const listed = (): Promise<unknown> => project.call('GET /group/:projectid');
  await expect.poll(listed, patience).toEqual({ stat: true, data: [part, web] });
  const { data } = (await listed()) as { readonly data: readonly { readonly id: number }[] };
  const [partId = 0, webId = 0] = data.map(({ id }) => id);
  expect(await project.call('GET /group/:projectid/:id', { path: { id: webId } })).toEqual({
    stat: true,
    data: { ...web, projectid: 1, node: 'node1,node2;node3' },
  });
  expect(await project.call('GET /group/:projectid/:id', { path: { id: partId } })).toEqual({
    stat: true,
    data: { ...part, projectid: 1, percent: '1:2:10%:5%' },
  });
  const nodes = 'GET /group/:projectid/:id/node';
  expect(await project.call(nodes, { path: { id: webId } })).toEqual({
    stat: true,
    data: [['node1', 'node2'], ['node3']],
  });
  const twenty = [['node1'], ['node2', 'node3'], ['node4', 'node5']];
  const others = Array.from({ length: 15 }, (_, index) => [`node${index + 6}`]);
  // As its controller has put them into batches.
  await expect
    .poll(() => project.call(nodes, { path: { id: partId } }), patience)
    .toEqual({ stat: true, data: [...twenty, ...others] });
  expect(await project.call('POST /group/:projectid/:id', { path: { id: partId }, body: small })).toEqual({
    stat: true,
    data: true,
  });
  expect(await project.call('GET /group/:projectid/:id', { path: { id: partId } })).toEqual({
    stat: true,
    data: { ...part, name: 'small', group_type: 'list', projectid: 1, node: 'node3' },
  });
  expect(await project.call('DELETE /group/:projectid/:id', { path: { id: partId } })).toEqual({
    stat: true,
    data: true,
  });
  await expect
    .poll(() => project.call('GET /group/:projectid/:id', { path: { id: partId } }), patience)
    .toEqual({ stat: false, info: expect.stringMatching(/^mismatch id: project 1 has no group/) as string });
});

test('task and subtask: a job runs on a group, a batch that failed is confirmed, and it is taken back', async () => {
  project.failing.add('node1');
  const variable = { version: '2', _rollbackVersion_: '1' };
  const body = { jobname: 'install', group: 'web', variable, uuid };
  expect(await project.call('POST /task/:projectid/job/byname', { body })).toEqual({ stat: true, uuid, data: 1 });
  await project.waitsForConfirmation(uuid);
  const failed = { status: 'fail', confirm: 'WaitConfirm' };
  expect(await project.call('GET /subtask/:projectid/:taskuuid', { path: { taskuuid: uuid } })).toEqual({
    stat: true,
    data: [subtask(uuid, ['node1', 'node2'], failed), subtask(uuid, ['node3'], unbegun)],
  });
  const line = {
    id: number,
    uuid,
    name: 'install',
    user: project.app.user,
    slave: 'fleetwright',
    status: 'running',
    starttime: time,
    finishtime: null as string | null,
    calltype: 'api',
    runtime: null as string | null,
    reason: '',
    variable: '_rollbackVersion_: "1"\nversion: "2"\n',
  };
  const detail = { pid: null, starttimems: seconds, finishtimems: null as string | null };
  expect(await project.call('GET /task/:projectid/:uuid', { path: { uuid } })).toEqual({
    stat: true,
    data: { ...line, ...detail },
  });
  expect(await project.call('GET /task/:projectid/count')).toEqual({
    stat: true,
    data: { success: 0, running: 1, fail: 0 },
  });

  const [held] = await project.subtasks(uuid);
  const subtaskuuid = String(held?.['uuid']);
  expect(await project.call('PUT /subtask/:projectid/:subtaskuuid/confirm', { path: { subtaskuuid } })).toEqual({
    stat: true,
    data: 1,
  });
  await project.becomes(uuid, 'fail');
  const confirmed = { status: 'fail', confirm: project.app.user };
  expect(await project.subtasks(uuid)).toEqual([
    subtask(uuid, ['node1', 'node2'], confirmed),
    subtask(uuid, ['node3']),
  ]);
  const over = {
    ...line,
    status: 'fail',
    finishtime: time,
    runtime: seconds,
    reason: expect.stringMatching(/^batch 1 of 2 did not succeed; 3 hosts: 2 changed, 1 failed/) as string,
  };
  expect(await project.call('GET /task/:projectid/:uuid', { path: { uuid } })).toEqual({
    stat: true,
    data: { ...over, ...detail, finishtimems: seconds },
  });
  const read = { path: { slave: 'fleetwright', uuid } };
  const step = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;
  const lines = ['node1 failed greet', 'node2 changed greet', 'node3 changed greet'];
  expect(await project.call('GET /slave/:slave/log/:uuid', read)).toMatch(
    new RegExp(`^${lines.map((text) => `${step} ${text}\n`).join('')}$`),
  );

  project.failing.clear();
  const control = { path: { uuid, control: 'rollback' } };
  expect(await project.call('PUT /task/:projectid/:uuid/:control', control)).toEqual({ stat: true, info: 'ok' });
  await project.becomes(back, 'success');
  expect(await project.subtasks(back)).toEqual([subtask(back, ['node3']), subtask(back, ['node1', 'node2'])]);
  const undone = { ...over, uuid: back, status: 'success', reason: '', variable: 'version: "1"\n' };
  const projectid = 1;
  const both = {
    stat: true,
    data: [
      { ...over, projectid },
      { ...undone, projectid },
    ],
  };
  const second = { stat: true, data: [{ ...undone, projectid }] };
  const filters: readonly [Readonly<Record<string, string>>, object][] = [
    [{}, both],
    [{ name: 'nsta', user: project.app.user, time_start: '2020-01-01', time_end: '2999-12-31', status: '' }, both],
    [{ status: 'success' }, second],
    [{ taskuuid: back }, second],
    [{ name: 'other' }, { stat: true, data: [] }],
    [{ user: 'ann' }, { stat: true, data: [] }],
    [{ time_start: '2999-12-31' }, { stat: true, data: [] }],
    [{ time_end: '2020-01-01' }, { stat: true, data: [] }],
  ];
  for (const [query, answer] of filters) expect(await project.call('GET /task/:projectid', { query })).toEqual(answer);
});

test('analysis: the last tasks, and those of the last 30 days by day, hour and runtime', async () => {
  const [first, second] = ['fail', 'success'].map((status) => ({
    user: project.app.user,
    runtime: seconds,
    status,
    name: 'install',
  }));
  expect(await project.call('GET /task/:projectid/analysis/last')).toEqual({
    stat: true,
    data: [second, first],
  });
  expect(await project.call('GET /task/:projectid/analysis/last', { query: { count: '1' } })).toEqual({
    stat: true,
    data: [second],
  });
  const { data: days } = (await project.call('GET /task/:projectid/analysis/date')) as {
    readonly data: readonly (readonly [string, number, number])[];
  };
  // A day, as an hour, may end between two tasks.
  for (const [day] of days) expect([began, today()]).toContain(day);
  expect([1, 2].map((column) => days.reduce((sum, line) => sum + Number(line[column]), 0))).toEqual([2, 1]);
  const { data: hours } = (await project.call('GET /task/:projectid/analysis/hour')) as {
    readonly data: readonly (readonly [string, number])[];
  };
  expect(hours.reduce((sum, [, count]) => sum + count, 0)).toBe(2);
  expect(hours.map(([hour]) => hour)).toEqual(hours.map(() => expect.stringMatching(/^\d\d$/) as string));
  const share = expect.stringMatching(/^\d+\.\d\d$/) as string;
  expect(await project.call('GET /task/:projectid/analysis/runtime')).toEqual({
    stat: true,
    data: { '0-1': share, '1-3': share, '3-5': share, '5-10': share, '10-30': share, '30+': share },
  });
});

test.each(['DELETE /task/:projectid/:uuid', 'PUT /task/:projectid/:uuid'] as const)(
  'task: one is stopped by %s, and it is decided that it is not taken back',
  async (documented) => {
    project.endless.add('node1');
    const body = { jobname: 'install', group: 'web', variable: { _rollbackVersion_: '1' } };
    const started = (await project.call('POST /task/:projectid/job/byname', { body })) as { readonly uuid: string };
    expect(started).toEqual({ stat: true, uuid: uuidForm, data: 1 });
    const path = { uuid: started.uuid };
    await expect.poll(async () => (await project.subtasks(started.uuid))[0]?.['status'], patience).toBe('running');
    expect(await project.call(documented, { path })).toEqual({ stat: true });
    await project.becomes(started.uuid, 'fail');
    expect(await project.subtasks(started.uuid)).toMatchObject([
      { status: 'fail' },
      { status: 'cancel', starttime: null },
    ]);
    expect(await project.call(documented, { path })).toEqual({ stat: true, info: 'subtask is done' });
    const control = { path: { ...path, control: 'norollback' } };
    expect(await project.call('PUT /task/:projectid/:uuid/:control', control)).toEqual({ stat: true, info: 'ok' });
    project.endless.clear();
  },
);

test('log: who did what to the groups and tasks that are there, the latest first', async () => {
  const answer = (await project.call('GET /log/:projectid')) as {
    readonly stat: boolean;
    readonly data: readonly unknown[];
  };
  expect(answer.stat).toBe(true);
  const lines = answer.data as readonly { readonly info: string }[];
  expect(lines).toEqual(lines.map(({ info }) => ({ id: number, user: project.app.user, info, create_time: time })));
  const infos = lines.map(({ info }) => info);
  expect(infos).toContain('add group web');
  expect(infos.filter((info) => info.includes(uuid.slice(0, -1)))).toEqual([
    `start task ${back}`,
    `rollback task ${uuid}`,
    `confirm task ${uuid}`,
    `start task ${uuid}`,
  ]);
});

test('every call of the document was made, but for those of other programs', () => {
  const own = documentedCalls.filter((documented) => !documented.includes(' /third/'));
  expect([...project.called].toSorted()).toEqual(own.toSorted());
});
