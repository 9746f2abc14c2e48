import { beforeEach, describe, expect, test } from 'vitest';

import { taskNameOf } from '../../../../apiserver/jobx/uuids.ts';
import { idLabel, requestedByAnnotation } from '../../../../crds/labels.ts';
import { withOperation } from '../../../../crds/operations.ts';
import { agentTasks, type AgentTask, type AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import type { HistoryStore } from '../../../../history/store.ts';
import { complete, openStore, task, uidOf } from '../../history/samples.ts';
import { answer, halfway, refusal, runs, uuid } from './calls.ts';
import { jobxSite, type JobxSite } from './site.ts';

/*
 * Tasks that are gone, of which the history tells, beside one that is there. The present is the 15th of January 2026.
 */

let site: JobxSite;
let history: HistoryStore;
beforeEach(async () => {
  history = await openStore();
  site = await jobxSite({ history });
});

interface Ran {
  readonly user?: string;
  readonly job?: string;
  readonly good?: boolean;
  readonly minutes?: number;
}

/** Records a task that is gone. @param start RFC 3339 */
async function ran(number: number, start: string, { user = 'ann', job = 'install', ...how }: Ran = {}): Promise<void> {
  const { good = true, minutes = 2 } = how;
  const end = new Date(Date.parse(start) + minutes * 60_000).toISOString();
  const status: AgentTaskStatus = {
    phase: good ? 'Succeeded' : 'Failed',
    startTime: start,
    completionTime: end,
    message: good ? '' : 'batch 1 of 1 did not succeed',
    batches: [
      { number: 1, hosts: ['node1'], phase: good ? 'Succeeded' : 'Failed', startTime: start, completionTime: end },
    ],
  };
  await complete(history, recorded(number, start, user, job, status));
}

function recorded(number: number, start: string, user: string, job: string, status: AgentTaskStatus): AgentTask {
  const stop = { operation: 'stop', user: 'ben', requestId: '1', time: start };
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      namespace: 'default',
      name: taskNameOf(uuidOfNumber(number)),
      uid: uidOf(number),
      creationTimestamp: start,
      labels: { [idLabel]: String(number) },
      annotations: { [requestedByAnnotation]: user, ...withOperation({}, stop) },
    },
    spec: { groupRef: { name: 'web' }, jobRef: { name: job }, source: 'jobx', correlationID: uuidOfNumber(number) },
    status,
  };
}

function uuidOfNumber(number: number): string {
  return `Past000000${number}a`.slice(-12);
}

interface Line {
  readonly uuid: string;
  readonly [field: string]: unknown;
}

async function listed(query = ''): Promise<{ readonly uuids: readonly string[]; readonly before: string | undefined }> {
  const { body } = await site.call('GET', `/task/1${query}`);
  return {
    uuids: (body.data as readonly Line[]).map((line) => line.uuid),
    before: body['before'] as string | undefined,
  };
}

const first = uuidOfNumber(1001);
const second = uuidOfNumber(1002);
const third = uuidOfNumber(1003);

describe('a list of tasks', () => {
  beforeEach(async () => {
    await ran(1001, '2025-12-10T09:00:00Z');
    await ran(1002, '2026-01-10T09:00:00Z', { user: 'ben', good: false });
    await ran(1003, '2026-01-11T09:00:00Z', { job: 'look' });
    await runs(site);
    site.setStatus(site.task(), halfway);
  });

  test('tells of those that are gone as of those that are there, the eldest first', async () => {
    const { body } = await site.call('GET', '/task/1');
    expect((body.data as readonly Line[]).map((line) => line.uuid).toSorted()).toEqual(
      [first, second, third, uuid].toSorted(),
    );
    const gone = (body.data as readonly Line[]).find((line) => line.uuid === second);
    expect(gone).toEqual({
      id: 1002,
      projectid: 1,
      uuid: second,
      name: 'install',
      user: 'ben',
      slave: 'fleetwright',
      status: 'fail',
      starttime: '2026-01-10 09:00:00',
      finishtime: '2026-01-10 09:02:00',
      calltype: 'api',
      runtime: '120.000',
      reason: 'batch 1 of 1 did not succeed',
      variable: '',
    });
  });

  test.each<[string, () => readonly string[]]>([
    ['?name=nst', () => [first, second, uuid]],
    ['?name=look', () => [third]],
    ['?user=ben', () => [second]],
    ['?status=success', () => [first, third]],
    ['?status=fail', () => [second]],
    ['?status=running', () => [uuid]],
    ['?status=init', () => []],
    ['?time_start=2026-01-01', () => [second, third, uuid]],
    ['?time_start=2026-01-01&time_end=2026-01-11', () => [second, third]],
    [`?taskuuid=${second}`, () => [second]],
    [`?taskuuid=${second}&user=ann`, () => []],
    ['?taskuuid=aaaaaaaaaaaa', () => []],
    ['?name=&user=&status=&time_start=&time_end=&taskuuid=', () => [first, second, third, uuid]],
  ])('is filtered by %s', async (query, expected) => {
    expect((await listed(query)).uuids.toSorted()).toEqual([...expected()].toSorted());
  });

  test('comes in pages, the latest first, in each of which the eldest is first', async () => {
    const found: string[][] = [];
    let place = '';
    do {
      const { uuids, before } = await listed(`?limit=1${place}`);
      found.push([...uuids]);
      place = before === undefined ? '' : `&before=${before}`;
    } while (place !== '');
    // What the history does not know to be over is on the first page.
    expect(found.map((page) => page.filter((each) => each !== uuid))).toEqual([[third], [second], [first]]);
    expect(found[0]).toContain(uuid);
    expect(await refusal(site, 'GET', '/task/1?before=x')).toMatch(/^check format fail before format error/);
  });

  test('tells of a task once that is recorded and still there', async () => {
    site.setStatus(site.task(), { ...halfway, phase: 'Failed', completionTime: '2026-01-15T10:05:00Z' });
    await complete(history, site.task());
    const { uuids } = await listed();
    expect(uuids.filter((each) => each === uuid)).toHaveLength(1);
    const { body } = await site.call('GET', `/task/1?taskuuid=${uuid}`);
    expect((body.data as readonly Line[])[0]).toMatchObject({ variable: 'version: "2"\n', status: 'fail' });
    expect(await answer(site, 'GET', '/task/1/count')).toMatchObject({ data: { success: 1, running: 0, fail: 2 } });
  });

  test('of several projects is one, and of one that is not there is refused', async () => {
    expect((await listed('')).uuids).toHaveLength(4);
    const { body } = await site.call('GET', '/task/1,1');
    expect(body.data).toHaveLength(4);
    expect(await refusal(site, 'GET', '/task/1,9')).toMatch(/^unknown project 9/);
  });

  test('a task that is gone is shown, with its batches, and is not stopped', async () => {
    expect(await answer(site, 'GET', `/task/1/${second}`)).toMatchObject({ data: { uuid: second, status: 'fail' } });
    expect(await answer(site, 'GET', `/subtask/1/${second}`)).toMatchObject({
      data: [{ parent_uuid: second, nodelist: 'node1', status: 'fail', runtime: '120.000' }],
    });
    expect(await answer(site, 'DELETE', `/task/1/${second}`)).toEqual({ stat: true, info: 'subtask is done' });
    const body = { jobname: 'install', group: 'web', uuid: second };
    expect(await refusal(site, 'POST', '/task/1/job/byname', body)).toMatch(/^uuid has already existed in the task/);
  });
});

describe('the analysis', () => {
  beforeEach(async () => {
    // Before the month, and before the last thirty days.
    await ran(1001, '2025-12-10T09:00:00Z');
    await ran(1002, '2025-12-31T09:00:00Z', { minutes: 12 });
    await ran(1003, '2026-01-10T09:59:59Z', { good: false, minutes: 0.5 });
    await ran(1004, '2026-01-10T23:00:00Z', { minutes: 1 });
    await runs(site);
    site.setStatus(site.task(), halfway);
  });

  test('counts the tasks of this month, those that are gone included', async () => {
    expect(await answer(site, 'GET', '/task/1/count')).toEqual({
      stat: true,
      data: { success: 1, running: 1, fail: 1 },
    });
  });

  test('shows the last ones, the youngest first', async () => {
    const { body } = await site.call('GET', '/task/1/analysis/last?count=2');
    expect(body.data).toHaveLength(2);
    const all = await site.call('GET', '/task/1/analysis/last');
    expect(all.body.data).toHaveLength(5);
    expect((await site.call('GET', '/task/1/analysis/last?count=0')).body.data).toHaveLength(5);
  });

  test('counts by day, hour and time taken', async () => {
    expect(await answer(site, 'GET', '/task/1/analysis/date')).toEqual({
      stat: true,
      data: [
        ['2025-12-31', 1, 1],
        ['2026-01-10', 2, 1],
        ['2026-01-15', 1, 0],
      ],
    });
    expect(await answer(site, 'GET', '/task/1/analysis/hour')).toEqual({
      stat: true,
      data: [
        ['09', 2],
        ['10', 1],
        ['23', 1],
      ],
    });
    const shares = { '0-1': '25.00', '1-3': '25.00', '3-5': '0.00', '5-10': '0.00', '10-30': '25.00', '30+': '25.00' };
    expect(await answer(site, 'GET', '/task/1/analysis/runtime')).toEqual({ stat: true, data: shares });
  });
});

test('where there was no task, shares are no texts, and lists are empty', async () => {
  const none = { '0-1': 0, '1-3': 0, '3-5': 0, '5-10': 0, '10-30': 0, '30+': 0 };
  expect(await answer(site, 'GET', '/task/1/analysis/runtime')).toEqual({ stat: true, data: none });
  for (const call of ['date', 'hour', 'last'])
    expect(await answer(site, 'GET', `/task/1/analysis/${call}`)).toEqual({ stat: true, data: [] });
  expect(await answer(site, 'GET', '/task/1/count')).toEqual({ stat: true, data: { success: 0, running: 0, fail: 0 } });
});

async function infos(query = ''): Promise<readonly string[]> {
  const { body } = await site.call('GET', `/log/1${query}`);
  return (body.data as readonly { readonly info: string }[]).map(({ info }) => info);
}

describe('the log of operations', () => {
  test('tells what was done to tasks that are gone, then to those that are there', async () => {
    await ran(1001, '2025-12-10T09:00:00Z');
    await runs(site);
    await answer(site, 'PUT', `/task/1/${uuid}`);
    const [latest, ...others] = await infos();
    expect(latest).toBe(`stop task ${uuid}`);
    expect(others.toSorted()).toEqual(
      [`start task ${uuid}`, 'add group web', `stop task ${first}`, `start task ${first}`].toSorted(),
    );
  });

  test('tells of an operation once that is recorded and still told by the object, and comes in pages', async () => {
    await runs(site);
    await answer(site, 'PUT', `/task/1/${uuid}`);
    await complete(history, site.task());
    expect((await infos()).filter((info) => info.includes(uuid))).toEqual([`stop task ${uuid}`, `start task ${uuid}`]);
    const { body } = await site.call('GET', '/log/1?limit=1');
    const [line] = body.data as readonly { readonly id: number; readonly info: string }[];
    const older = await infos(`?before=${line?.id}`);
    expect(older).not.toContain(line?.info);
  });

  test('tells of tasks on groups also where most of what was done in the namespace was done to others', async () => {
    await ran(1001, '2025-12-10T09:00:00Z');
    for (let number = 1; number <= 250; number += 1)
      await complete(history, { ...task(number), metadata: { ...task(number).metadata, namespace: 'default' } });
    expect(await infos('?limit=2')).toEqual([`stop task ${first}`, `start task ${first}`]);
  });
});

/** Records the task as it is, and takes it away. */
async function goes({ metadata: { name } }: AgentTask): Promise<void> {
  const there = site.task(name);
  await complete(history, there);
  site.api.delete(agentTasks, there.metadata);
  const { metadata } = site.task(name);
  site.api.mergePatch(agentTasks, metadata, { metadata: { ...metadata, finalizers: [] } });
}

const reversible = { _rollbackVersion_: '1' };

test.each<[string, string, object, 'rollback' | 'norollback' | undefined]>([
  ['deploy', 'nobody decided about', reversible, undefined],
  ['deployonly', 'names no version to go back to', { version: '2' }, undefined],
  ['deployonly', 'was decided to stay', reversible, 'norollback'],
  ['rollback', 'was taken back', reversible, 'rollback'],
])('a third party hears %s of a task that %s, also once it is gone', async (type, _, variables, decision) => {
  await runs(site, { ...variables });
  if (decision !== undefined) await answer(site, 'PUT', `/task/1/${uuid}/${decision}`);
  const ended: AgentTaskStatus = {
    phase: 'Failed',
    startTime: '2026-01-15T11:00:00Z',
    completionTime: '2026-01-15T11:01:00Z',
    batches: [{ number: 1, hosts: ['node1'], phase: 'Failed' }],
  };
  const tasks = site.api.list(agentTasks);
  for (const each of tasks) site.setStatus(each, ended);
  const query = ['POST', '/third/interface/query', { uuid, retry_count: 10 }] as const;
  const { body } = await site.call(...query);
  // While it is there somebody may decide.
  expect(body).toMatchObject({ type, status: type === 'deploy' ? 'running' : 'fail', progress: [1, 1] });
  await Promise.all(tasks.map(goes));
  expect(site.api.list(agentTasks)).toEqual([]);
  expect(await answer(site, ...query)).toEqual({ ...body, status: 'fail' });
});

test('a third party sees how a task ended that is gone, and does not stop it', async () => {
  await ran(1002, '2026-01-10T09:00:00Z', { good: false });
  expect(await answer(site, 'POST', '/third/interface/query', { uuid: second })).toMatchObject({
    type: 'deployonly',
    status: 'fail',
    progress: [1, 1],
  });
  expect(await answer(site, 'POST', '/third/interface/stop', { uuid: second })).toEqual({
    stat: true,
    info: `jobx uuid:${second} status: fail`,
  });
});
