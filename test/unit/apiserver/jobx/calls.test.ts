import { beforeEach, describe, expect, test } from 'vitest';

import { taskNameOf } from '../../../../apiserver/jobx/uuids.ts';
import { withOperation } from '../../../../crds/operations.ts';
import { agentTasks, type AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import { deployGroups } from '../../../../crds/types/deploygroup.ts';
import { agentTask } from '../../../harness/agenttask/objects.ts';
import { denying } from '../facade.ts';
import { jobxSite, type JobxSite } from './site.ts';

let site: JobxSite;
beforeEach(async () => {
  site = await jobxSite();
});

const aText = "a text without ' and without line breaks";
const list = { name: 'web', note: 'all of it', group_type: 'list', node: 'node1,node2;node3' };
const uuid = 'AbCdEfGhIj1k';

async function answer(...call: Parameters<JobxSite['call']>): Promise<unknown> {
  const { status, body } = await site.call(...call);
  expect(status).toBe(200);
  return body;
}

/** `info` of a call that was not done. */
async function refusal(...call: Parameters<JobxSite['call']>): Promise<string | undefined> {
  const { status, body } = await site.call(...call);
  expect({ status, stat: body.stat }).toEqual({ status: 200, stat: false });
  return body.info;
}

async function runs(variable: object = { version: '2' }): Promise<void> {
  await answer('POST', '/group/1', list);
  const body = { jobname: 'install', group: 'web', variable, uuid };
  expect(await answer('POST', '/task/1/job/byname', body)).toEqual({ stat: true, uuid, data: 1 });
}

const halfway: AgentTaskStatus = {
  phase: 'Running',
  startTime: '2026-01-15T10:00:00Z',
  batches: [
    {
      number: 1,
      hosts: ['node1', 'node2'],
      task: 'x-1',
      phase: 'Failed',
      startTime: '2026-01-15T10:00:01Z',
      completionTime: '2026-01-15T10:01:31Z',
      confirm: 'WaitConfirm',
    },
    { number: 2, hosts: ['node3'], phase: 'Pending' },
  ],
};

describe('groups, each call as the document has it', () => {
  test('a list group is made, listed, shown, and its hosts are a list of lists', async () => {
    expect(await answer('POST', '/group/1', list)).toEqual({ stat: true, data: true });
    const line = { id: 1, name: 'web', note: 'all of it', group_type: 'list' };
    expect(await answer('GET', '/group/1')).toMatchObject({ stat: true, data: [line] });
    expect(await answer('GET', '/group/1/1')).toMatchObject({
      data: { ...line, projectid: 1, node: 'node1,node2;node3', edit_time: '2026-01-01 00:00:00' },
    });
    expect(await answer('GET', '/group/1/1/node')).toEqual({ stat: true, data: [['node1', 'node2'], ['node3']] });
    expect(site.api.list(deployGroups)[0]?.spec.list).toEqual([{ hosts: ['node1', 'node2'] }, { hosts: ['node3'] }]);
  });

  test('the percent group of the document is of the hosts of its project, and %10 is 10 %', async () => {
    await answer('POST', '/group/1', { name: 'part', group_type: 'percent', percent: '1:2:%10:5%' });
    expect(await answer('GET', '/group/1/1')).toMatchObject({ data: { percent: '1:2:10%:5%', group_type: 'percent' } });
    const { body } = await site.call('GET', '/group/1/1/node');
    expect((body.data as string[][]).map(({ length }) => length)).toEqual([
      1,
      2,
      2,
      ...Array.from({ length: 15 }, () => 1),
    ]);
  });

  test('parameters come as a form or in the query too, and empty ones are absent', async () => {
    expect(await answer('POST', '/group/1?note=seen', 'name=form&group_type=list&node=a%3Bb&percent=')).toEqual({
      stat: true,
      data: true,
    });
    expect(await answer('GET', '/group/1/1')).toMatchObject({ data: { name: 'form', note: 'seen', node: 'a;b' } });
  });

  test('a group is given anew, and keeps its number; then it is deleted', async () => {
    await answer('POST', '/group/1', list);
    const percent = { name: 'renamed', group_type: 'percent', percent: '50%', node: 'a,b,c,d' };
    expect(await answer('POST', '/group/1/1', percent)).toEqual({ stat: true, data: true });
    expect(await answer('GET', '/group/1/1')).toMatchObject({ data: { id: 1, name: 'renamed', note: '' } });
    expect(await answer('GET', '/group/1/1/node')).toMatchObject({
      data: [
        ['a', 'b'],
        ['c', 'd'],
      ],
    });
    expect(site.api.list(deployGroups)[0]?.spec).not.toHaveProperty('list');
    expect(await answer('DELETE', '/group/1/1')).toEqual({ stat: true, data: true });
    expect(await refusal('DELETE', '/group/1/1')).toBe('mismatch id: project 1 has no group 1; see GET /group/1');
  });

  test.each<[string, object, string]>([
    ['no name', { group_type: 'list', node: 'a' }, `check format fail name undef: it is required: give ${aText}`],
    [
      'a quotation mark',
      { ...list, name: "a'b" },
      `check format fail name format error: give ${aText}, at most 100 characters`,
    ],
    ['no type', { name: 'web' }, 'check format fail group_type undef: it is required: give list or percent'],
    ['an unknown type', { ...list, group_type: 'hash' }, 'group type unkwon: give group_type as list or percent'],
    [
      'no hosts',
      { ...list, node: ' ;, ' },
      'node undef: give the hosts with commas, and the batches with semicolons between them: node1,node2;node3',
    ],
    [
      'no sizes',
      { name: 'p', group_type: 'percent' },
      'check format fail percent undef: it is required: give the size of each batch, as hosts or a percentage: 1:2:10%',
    ],
    [
      'a size of nothing, which would never end',
      { name: 'p', group_type: 'percent', percent: '1:0' },
      'check format fail percent format error: "0", the size of batch 2: ' +
        'give a whole number of hosts from 1, or a percentage',
    ],
    [
      'a host twice',
      { ...list, node: 'a;b,a' },
      'check format fail node format error: list[1].hosts[1]: ' +
        'a is named before, in list[0].hosts[0]: name each host once',
    ],
    [
      'a host that a shell would read',
      { ...list, node: 'a$(reboot)' },
      'check format fail node format error: list[0].hosts[0]: "a$(reboot)" is not a host name or an IP address',
    ],
  ])('%s is refused', async (_what, body, info) => {
    expect(await refusal('POST', '/group/1', body)).toBe(info);
    expect(site.api.list(deployGroups)).toEqual([]);
  });

  test('two groups of one name are refused', async () => {
    await answer('POST', '/group/1', list);
    expect(await refusal('POST', '/group/1', list)).toBe('there is a group web already: give another name');
  });
});

describe('tasks, each call as the document has it', () => {
  test('a job is run on a group, with the uuid that was given, once', async () => {
    await runs();
    expect(site.task().spec).toMatchObject({
      jobRef: { name: 'install' },
      variables: { version: '2' },
      source: 'jobx',
    });
    const body = { jobname: 'install', group: 'web', uuid };
    expect(await refusal('POST', '/task/1/job/byname', body)).toBe(
      'uuid has already existed in the task: give another one, or none',
    );
    const { body: made } = await site.call('POST', '/task/1/job/byname', { jobname: 'install', group: 'web' });
    expect(made['uuid']).toMatch(/^[a-zA-Z0-9]{11}[a-z]$/);
  });

  test('a group, a task and its stop are there at once, also when the caches lag', async () => {
    site.holdCaches();
    await runs();
    expect(await answer('GET', `/task/1/${uuid}`)).toMatchObject({ data: { uuid } });
    expect(await answer('PUT', `/task/1/${uuid}`)).toEqual({ stat: true });
    expect(await answer('GET', '/group/1/1')).toMatchObject({ data: { name: 'web' } });
  });

  test('a task is listed, shown and counted', async () => {
    await runs();
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
    expect(await answer('GET', '/task/1')).toEqual({ stat: true, data: [{ ...line, projectid: 1 }] });
    expect(await answer('GET', `/task/1/${uuid}`)).toEqual({
      stat: true,
      data: { ...line, pid: null, starttimems: '1768471200.000', finishtimems: null },
    });
    expect(await answer('GET', '/task/1/aaaaaaaaaaaa')).toEqual({ stat: true, data: null });
    expect(await answer('GET', '/task/1/count')).toEqual({ stat: true, data: { success: 0, running: 1, fail: 0 } });
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
    await runs();
    site.setStatus(site.task(), halfway);
    const { body } = await site.call('GET', `/task/1?${query}`);
    expect(body.data).toHaveLength(count);
  });

  test('a batch that failed is confirmed, once, and who did so is told', async () => {
    await runs();
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
    expect(await refusal('PUT', `/subtask/1/${String(second?.['uuid'])}/confirm`)).toMatch(/does not wait/);
    expect(await answer('PUT', confirm)).toEqual({ stat: true, data: 1 });
    expect(site.task().spec.confirm).toBe(2);
    const [batch, ...others] = halfway.batches ?? [];
    if (batch === undefined) throw new Error('there is no batch');
    site.setStatus(site.task(), { ...halfway, batches: [{ ...batch, confirm: 'Confirmed' }, ...others] });
    expect(await answer('GET', `/subtask/1/${uuid}`)).toMatchObject({ data: [{ confirm: 'flow@app' }, {}] });
    expect(await refusal('PUT', confirm)).toMatch(/^subtask does not wait for confirmation: /);
    expect(await refusal('PUT', '/subtask/1/aaaaaaaaaaaa/confirm')).toBe(
      'no find subtask: give the uuid of a batch, as GET /subtask/1/:taskuuid tells it',
    );
    expect(await answer('GET', '/subtask/1/aaaaaaaaaaaa')).toEqual({ stat: true, data: [] });
  });

  test.each(['DELETE', 'PUT'] as const)('a task is stopped by %s, and one that is done is left', async (method) => {
    await runs();
    expect(await answer(method, `/task/1/${uuid}`)).toEqual({ stat: true });
    expect(site.task().spec.stop).toBe(true);
    site.setStatus(site.task(), { phase: 'Stopped' });
    expect(await answer(method, `/task/1/${uuid}`)).toEqual({ stat: true, info: 'subtask is done' });
    expect(await refusal(method, '/task/1/aaaaaaaaaaaa')).toBe(
      'no find task: project 1 has no task aaaaaaaaaaaa; see GET /task/1',
    );
  });

  test('a task is taken back by a task with the recorded version, once', async () => {
    await runs({ version: '2', _rollbackVersion_: '1' });
    expect(await answer('PUT', `/task/1/${uuid}/rollback`)).toEqual({ stat: true, info: 'ok' });
    const back = site.task(taskNameOf('AbCdEfGhIj1K'));
    expect(back.spec).toMatchObject({
      groupRef: { name: expect.any(String) as string },
      rollbackOf: { name: taskNameOf(uuid) },
      variables: { version: '1' },
    });
    expect(await refusal('PUT', `/task/1/${uuid}/rollback`)).toBe(
      'uuid has already existed in the task: give another one, or none',
    );
    expect(await refusal('PUT', `/task/1/${uuid}/norollback`)).toBe('it is decided already: rollback');
    expect(await refusal('PUT', '/task/1/AbCdEfGhIj1K/rollback')).toBe(
      'role ne deploy: this task takes another one back',
    );
    expect(await answer('GET', '/task/1')).toMatchObject({ data: [{ uuid }, { uuid: 'AbCdEfGhIj1K' }] });
  });

  test('it is decided that a task is not taken back', async () => {
    await runs({ _rollbackVersion_: '1' });
    expect(await answer('PUT', `/task/1/${uuid}/norollback`)).toEqual({ stat: true, info: 'ok' });
    expect(await refusal('PUT', `/task/1/${uuid}/rollback`)).toBe('it is decided already: norollback');
    expect(await refusal('PUT', `/task/1/${uuid}/other`)).toBe('check format fail control need in rollback,norollback');
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
    await answer('POST', '/group/1', list);
    expect(await refusal('POST', '/task/1/job/byname', body)).toBe(info);
    expect(site.api.list(agentTasks)).toEqual([]);
  });

  test('the analysis tells of the last 30 days', async () => {
    await runs();
    site.setStatus(site.task(), { ...halfway, phase: 'Succeeded', completionTime: '2026-01-15T10:04:00Z' });
    expect(await answer('GET', '/task/1/analysis/last?count=5')).toEqual({
      stat: true,
      data: [{ user: 'flow@app', runtime: '240.000', status: 'success', name: 'install' }],
    });
    expect(await answer('GET', '/task/1/analysis/date')).toEqual({ stat: true, data: [['2026-01-15', 1, 1]] });
    expect(await answer('GET', '/task/1/analysis/hour')).toEqual({ stat: true, data: [['10', 1]] });
    const shares = { '0-1': '0.00', '1-3': '0.00', '3-5': '100.00', '5-10': '0.00', '10-30': '0.00', '30+': '0.00' };
    expect(await answer('GET', '/task/1/analysis/runtime')).toEqual({ stat: true, data: shares });
  });

  test('a task that kubectl made is there too', async () => {
    site.api.create(agentTasks, agentTask('by-hand', { groupRef: { name: 'web' } }));
    const { body } = await site.call('GET', '/task/1');
    const [line] = body.data as readonly { readonly uuid: string; readonly name: string }[];
    expect(line?.name).toBe('by-hand');
    expect(await answer('GET', `/task/1/${line?.uuid}`)).toMatchObject({ data: { name: 'by-hand' } });
  });
});

describe('calls for third parties', () => {
  const params = { jobname: 'install', group: 'web', variable: { a: 1 } };
  const asked = { project_id: 1, uuid: 'AbCdEfGhIj12', params };
  const tried = 'AbCdEfGhIj1a';

  test('each call as the document has it', async () => {
    await answer('POST', '/group/1', list);
    expect(await answer('POST', '/third/option/groupname', { project_id: 1 })).toEqual({ stat: true, data: ['web'] });
    expect(await answer('POST', '/third/interface/dry-run', asked)).toEqual({ stat: true, uuid: tried, msg: 'ok' });
    expect(site.api.list(agentTasks)).toEqual([]);
    expect(await answer('POST', '/third/interface/invoke', asked)).toEqual({ stat: true, uuid: tried, data: 1 });
    expect(await answer('POST', '/third/interface/invoke', asked)).toEqual({
      stat: true,
      info: 'This task has been successfully created',
    });
    expect(await refusal('POST', '/third/interface/dry-run', asked)).toBe(
      'uuid has already existed in the task: give another one, or none',
    );
    site.setStatus(site.task(), halfway);
    const query = { uuid: asked.uuid };
    expect(await answer('POST', '/third/interface/query', query)).toMatchObject({
      stat: true,
      type: 'deployonly',
      status: 'running',
      msg: 'Wait for manual treatment',
      progress: [1, 2],
    });
    expect(await answer('POST', '/third/interface/stop', query)).toEqual({ stat: true, uuid: tried, msg: 'stoping' });
    site.setStatus(site.task(), { ...halfway, phase: 'Stopped' });
    expect(await answer('POST', '/third/interface/query', query)).toMatchObject({ status: 'fail' });
    expect(await answer('POST', '/third/interface/stop', query)).toMatchObject({
      info: `jobx uuid:${tried} status: fail`,
    });
  });

  test.each<[string, object, string]>([
    [
      '/third/interface/invoke',
      { project_id: 1, uuid: 'AbCdEfGhIj12' },
      'params undef: give jobname, group and variable in params, a JSON object',
    ],
    [
      '/third/interface/invoke',
      { ...asked, params: 'x' },
      'params no HASH: give jobname, group and variable in params, a JSON object',
    ],
    [
      '/third/interface/invoke',
      { ...asked, params: {} },
      `check params format fail jobname undef: it is required: give ${aText}`,
    ],
    [
      '/third/interface/query',
      { uuid: 'AbCdEfGhIj12' },
      'no find uuid: no project that you may see has a task AbCdEfGhIj1a',
    ],
    [
      '/third/interface/stop',
      { uuid: 'AbCdEfGhIj12' },
      'no find task: no project that you may see has a task AbCdEfGhIj1a',
    ],
    ['/third/interface/query', {}, 'check format fail uuid undef: it is required: give 11 to 64 letters and digits'],
  ])('%s with %j is refused', async (url, body, info) => {
    expect(await refusal('POST', url, body)).toBe(info);
  });
});

test('a dry run for third parties refuses what invoke would refuse', async () => {
  site = await jobxSite(denying('create agenttasks'));
  await answer('POST', '/group/1', list);
  const dryRun = ['POST', '/third/interface/dry-run'] as const;
  const asked = { project_id: 1, uuid: 'AbCdEfGhIj12', params: { jobname: 'install', group: 'web' } };
  expect(await refusal(...dryRun, { ...asked, params: { jobname: 'install', group: 'x' } })).toBe(
    'group name null: x: make such a group, or name another one',
  );
  expect(await refusal(...dryRun, { ...asked, params: { jobname: 'x', group: 'web' } })).toBe(
    'job name null: x: there is no AgentJob of this name in the namespace default',
  );
  expect(await refusal(...dryRun, asked)).toBe('denied: flow@app cannot create agenttasks');
});

describe('the log', () => {
  test('tells who did what, the latest first', async () => {
    await runs();
    await answer('PUT', `/task/1/${uuid}`);
    const { body } = await site.call('GET', '/log/1');
    expect((body.data as readonly { readonly info: string }[]).map(({ info }) => info)).toEqual([
      `stop task ${uuid}`,
      `start task ${uuid}`,
      'add group web',
    ]);
  });

  test('tells of an act after the making, also in the same second', async () => {
    await runs();
    const time = '2026-01-01T00:00:00.500Z';
    const annotations = withOperation({}, { operation: 'stop', user: 'ann', requestId: '1', time });
    const { metadata } = site.task();
    site.api.mergePatch(agentTasks, metadata, { metadata: { name: metadata.name, annotations } });
    const { body } = await site.call('GET', '/log/1');
    const infos = (body.data as readonly { readonly info: string }[]).map(({ info }) => info);
    expect(infos.filter((info) => info.endsWith(uuid))).toEqual([`stop task ${uuid}`, `start task ${uuid}`]);
  });

  test('of a task that has not begun is empty, and one of no task is refused', async () => {
    await runs();
    expect(await site.call('GET', `/slave/any/log/${uuid}`)).toMatchObject({ status: 200, text: '' });
    expect(await refusal('GET', '/slave/any/log/aaaaaaaaaaaa')).toBe(
      'Non-existent uuid:aaaaaaaaaaaa: give the uuid of a task or of a batch',
    );
  });
});

describe('who calls', () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ['nothing', {}],
    ['a wrong key', { appname: 'flow', appkey: 'x' }],
    ['a name that nobody has', { appname: 'nobody', appkey: 'correct-horse-battery-staple-0123456789' }],
  ])('with %s is not let in', async (_what, more) => {
    const { status, body } = await site.call('GET', '/group/1', undefined, more);
    expect({ status, stat: body.stat, code: body['code'] }).toEqual({ status: 200, stat: false, code: 10_000 });
  });

  test('may do only what his rights allow', async () => {
    site = await jobxSite(denying('list deploygroups', 'create agenttasks'));
    expect(await refusal('GET', '/group/1')).toBe('denied: flow@app cannot list deploygroups');
  });

  test('an unknown project, a number that is none, and a body that is none', async () => {
    expect(await refusal('GET', '/group/9')).toBe('unknown project 9: ask the operator which there are');
    expect(await refusal('GET', '/group/x')).toMatch(
      /^check format fail projectid format error \(\?\^:\^\\d\+\$\): give a whole number/,
    );
    expect(await refusal('POST', '/group/1', '{"name":')).toMatch(/not JSON/);
  });
});
