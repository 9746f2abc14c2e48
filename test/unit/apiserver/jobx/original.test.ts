import { beforeEach, describe, expect, test } from 'vitest';

import { original } from '../../../../apiserver/jobx/original.ts';
import { deployGroups } from '../../../../crds/types/deploygroup.ts';
import { denying } from '../facade.ts';
import { answer, halfway, list, refusal } from './calls.ts';
import { jobxSite, type JobxSite } from './site.ts';

let site: JobxSite;
beforeEach(async () => {
  site = await jobxSite({ mode: original });
});

/** A job is run on a group of two batches. @returns the uuid that the task was given */
async function run(variable: object = { version: '2' }): Promise<string> {
  await answer(site, 'POST', '/group/1', list);
  const { body } = await site.call('POST', '/task/1/job/byname', { jobname: 'install', group: 'web', variable });
  return String(body['uuid']);
}

describe('in original mode', () => {
  test.each<[string, object, string]>([
    ['no name', { group_type: 'list', node: 'a' }, 'check format fail name undef'],
    ['a quotation mark', { ...list, name: "a'b" }, 'check format fail name format error'],
    ['two bad keys, of which the first is told', { name: "a'b" }, 'check format fail name format error'],
    ['an unknown type', { ...list, group_type: 'hash' }, 'group type unkwon'],
    ['no hosts', { ...list, node: '' }, 'node undef'],
    [
      '%10, which the original could not read',
      { name: 'p', group_type: 'percent', percent: '1:%10' },
      'percent format error',
    ],
    ['a size of nothing', { name: 'p', group_type: 'percent', percent: '1:0' }, 'percent format error'],
  ])('a group with %s is refused in bare words', async (_what, body, info) => {
    expect(await refusal(site, 'POST', '/group/1', body)).toBe(info);
    expect(site.api.list(deployGroups)).toEqual([]);
  });

  test('empty batches and hosts are passed over', async () => {
    await answer(site, 'POST', '/group/1', { ...list, node: 'a;;b,,c;' });
    expect(await answer(site, 'GET', '/group/1/1/node')).toEqual({ stat: true, data: [['a'], ['b', 'c']] });
  });

  test('a second group of one name is refused as the database did', async () => {
    await answer(site, 'POST', '/group/1', list);
    expect(await refusal(site, 'POST', '/group/1', list)).toBe("Duplicate entry '1-web'");
  });

  test('a group, a job and a project that are not there', async () => {
    expect(await refusal(site, 'GET', '/group/1/7')).toBe('mismatch id');
    expect(await refusal(site, 'GET', '/group/9')).toBe('Unauthorized');
    const body = { jobname: 'install', group: 'x' };
    expect(await refusal(site, 'POST', '/task/1/job/byname', body)).toBe('group name null: x');
    expect(await refusal(site, 'GET', '/group/x')).toBe(
      String.raw`check format fail projectid format error (?^:^\d+$)`,
    );
  });

  test('who calls with a wrong key is told nothing but a code, and who lacks a right one word', async () => {
    const { body } = await site.call('GET', '/group/1', undefined, { appname: 'flow', appkey: 'x' });
    expect(body).toEqual({ stat: false, code: 10_000 });
    site = await jobxSite({ authorizer: denying('list deploygroups'), mode: original });
    expect(await refusal(site, 'GET', '/group/1')).toBe('Unauthorized');
  });

  test('a uuid that is sent with a job is not taken', async () => {
    await answer(site, 'POST', '/group/1', list);
    const { body } = await site.call('POST', '/task/1/job/byname', {
      jobname: 'install',
      group: 'web',
      uuid: 'AbCdEfGhIj1k',
    });
    expect(body).toEqual({ stat: true, uuid: expect.stringMatching(/^[a-zA-Z0-9]{11}[a-z]$/) as string, data: 1 });
    expect(body['uuid']).not.toBe('AbCdEfGhIj1k');
  });

  test('a confirmation of what needs none, and a stop of what is not there, are answered as if done', async () => {
    const uuid = await run();
    site.setStatus(site.task(), halfway);
    const { body } = await site.call('GET', `/subtask/1/${uuid}`);
    const [, second] = body.data as readonly { readonly uuid: string }[];
    expect(await answer(site, 'PUT', `/subtask/1/${second?.uuid}/confirm`)).toEqual({ stat: true, data: 1 });
    expect(site.task().spec.confirm).toBeUndefined();
    expect(await answer(site, 'PUT', '/subtask/1/aaaaaaaaaaaa/confirm')).toEqual({ stat: true, data: '0E0' });
    expect(await answer(site, 'DELETE', '/task/1/aaaaaaaaaaaa')).toEqual({ stat: true });
    expect(await answer(site, 'PUT', '/task/1/aaaaaaaaaaaa')).toEqual({ stat: true });
  });

  test('a batch that was confirmed says "task stop", whoever did so', async () => {
    const uuid = await run();
    const [batch, ...others] = halfway.batches ?? [];
    if (batch === undefined) throw new Error('there is no batch');
    site.setStatus(site.task(), { ...halfway, batches: [{ ...batch, confirm: 'Confirmed' }, ...others] });
    expect(await answer(site, 'GET', `/subtask/1/${uuid}`)).toMatchObject({ data: [{ confirm: 'task stop' }, {}] });
  });

  test('a decision is refused in the order of its checks, and a second one as the database did', async () => {
    expect(await refusal(site, 'PUT', '/task/1/aaaaaaaaaaaa/rollback')).toBe('no find task');
    const uuid = await run({ version: '2', _rollbackVersion_: '1' });
    expect(await answer(site, 'PUT', `/task/1/${uuid}/rollback`)).toEqual({ stat: true, info: 'ok' });
    const back = uuid.slice(0, -1) + uuid.slice(-1).toUpperCase();
    expect(await refusal(site, 'PUT', `/task/1/${uuid}/norollback`)).toBe(`Duplicate entry '${back}'`);
    expect(await refusal(site, 'PUT', `/task/1/${back}/rollback`)).toBe('role ne deploy');
  });

  test.each<[string, object | undefined, string]>([
    ['none', undefined, 'variable null'],
    ['others only', { version: '2' }, 'variable nodefined _rollbackVersion_'],
  ])('a task with %s of the variables cannot be taken back', async (_what, variable, info) => {
    await answer(site, 'POST', '/group/1', list);
    const asked = { jobname: 'install', group: 'web', variable };
    const { body } = await site.call('POST', '/task/1/job/byname', asked);
    expect(await refusal(site, 'PUT', `/task/1/${String(body['uuid'])}/rollback`)).toBe(info);
  });

  test('a third party that stops a task is told so by msg, and a taken uuid by a stat of null', async () => {
    await answer(site, 'POST', '/group/1', list);
    const asked = { project_id: 1, uuid: 'AbCdEfGhIj12', params: { jobname: 'install', group: 'web' } };
    await answer(site, 'POST', '/third/interface/invoke', asked);
    expect(await answer(site, 'POST', '/third/interface/dry-run', asked)).toEqual({
      stat: null,
      info: 'uuid has already existed in the task',
    });
    expect(await answer(site, 'POST', '/third/interface/stop', { uuid: asked.uuid })).toEqual({
      stat: false,
      uuid: 'AbCdEfGhIj1a',
      msg: 'stoping',
    });
    expect(await refusal(site, 'POST', '/third/interface/invoke', { ...asked, params: {} })).toBe(
      'check params format fail jobname undef',
    );
  });

  test('the log tells of groups and stops only', async () => {
    const uuid = await run();
    await answer(site, 'PUT', `/task/1/${uuid}`);
    const { body } = await site.call('GET', '/log/1');
    expect((body.data as readonly { readonly info: string }[]).map(({ info }) => info)).toEqual([
      `stop task ${uuid}`,
      'add group web',
    ]);
  });
});
