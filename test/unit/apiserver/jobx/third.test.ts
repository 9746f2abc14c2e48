import { beforeEach, describe, expect, test } from 'vitest';

import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { denying } from '../facade.ts';
import { aText, answer, halfway, list, refusal } from './calls.ts';
import { jobxSite, type JobxSite } from './site.ts';

let site: JobxSite;
beforeEach(async () => {
  site = await jobxSite();
});

describe('calls for third parties', () => {
  const params = { jobname: 'install', group: 'web', variable: { a: 1 } };
  const asked = { project_id: 1, uuid: 'AbCdEfGhIj12', params };
  const tried = 'AbCdEfGhIj1a';

  test('each call as the document has it', async () => {
    await answer(site, 'POST', '/group/1', list);
    expect(await answer(site, 'POST', '/third/option/groupname', { project_id: 1 })).toEqual({
      stat: true,
      data: ['web'],
    });
    expect(await answer(site, 'POST', '/third/interface/dry-run', asked)).toEqual({
      stat: true,
      uuid: tried,
      msg: 'ok',
    });
    expect(site.api.list(agentTasks)).toEqual([]);
    expect(await answer(site, 'POST', '/third/interface/invoke', asked)).toEqual({ stat: true, uuid: tried, data: 1 });
    expect(await answer(site, 'POST', '/third/interface/invoke', asked)).toEqual({
      stat: true,
      info: 'This task has been successfully created',
    });
    expect(await refusal(site, 'POST', '/third/interface/dry-run', asked)).toBe(
      'uuid has already existed in the task: give another one, or none',
    );
    site.setStatus(site.task(), halfway);
    const query = { uuid: asked.uuid };
    expect(await answer(site, 'POST', '/third/interface/query', query)).toMatchObject({
      stat: true,
      type: 'deployonly',
      status: 'running',
      msg: 'Wait for manual treatment',
      progress: [1, 2],
    });
    expect(await answer(site, 'POST', '/third/interface/stop', query)).toEqual({
      stat: true,
      uuid: tried,
      msg: 'stoping',
    });
    site.setStatus(site.task(), { ...halfway, phase: 'Stopped' });
    expect(await answer(site, 'POST', '/third/interface/query', query)).toMatchObject({ status: 'fail' });
    expect(await answer(site, 'POST', '/third/interface/stop', query)).toMatchObject({
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
      '/third/interface/invoke',
      { ...asked, params: { jobname: null, group: '' } },
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
    expect(await refusal(site, 'POST', url, body)).toBe(info);
  });
});

test('a dry run for third parties refuses what invoke would refuse', async () => {
  site = await jobxSite({ authorizer: denying('create agenttasks') });
  await answer(site, 'POST', '/group/1', list);
  const dryRun = ['POST', '/third/interface/dry-run'] as const;
  const asked = { project_id: 1, uuid: 'AbCdEfGhIj12', params: { jobname: 'install', group: 'web' } };
  expect(await refusal(site, ...dryRun, { ...asked, params: { jobname: 'install', group: 'x' } })).toBe(
    'group name null: x: make such a group, or name another one',
  );
  expect(await refusal(site, ...dryRun, { ...asked, params: { jobname: 'x', group: 'web' } })).toBe(
    'job name null: x: there is no AgentJob of this name in the namespace default',
  );
  expect(await refusal(site, ...dryRun, asked)).toBe('denied: flow@app cannot create agenttasks');
});
