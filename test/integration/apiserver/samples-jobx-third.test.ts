import { afterAll, beforeAll, expect, test } from 'vitest';

import { documentedCalls } from './jobx.ts';
import { JobxProject } from './jobx-project.ts';

/** The calls by which another program runs jobs, as samples-jobx.test.ts sends the others. */

let project: JobxProject;

beforeAll(async () => {
  project = await JobxProject.open();
});
afterAll(() => project?.close());

test('third: a program tries, runs, follows and stops a job by a uuid of its own', async () => {
  const group = { name: 'web', note: '', group_type: 'list', node: 'node1;node2' };
  expect(await project.call('POST /group/:projectid', { body: group })).toEqual({ stat: true, data: true });
  project.failing.add('node1');
  const params = { jobname: 'install', group: 'web', variable: { version: '3' } };
  const asked = { project_id: 1, uuid: 'ZyXwVuTsRq98', params };
  // The last character is not theirs.
  const tried = 'ZyXwVuTsRq9a';
  expect(await project.call('POST /third/option/groupname', { body: { project_id: 1 } })).toEqual({
    stat: true,
    data: ['web'],
  });
  expect(await project.call('POST /third/interface/dry-run', { body: asked })).toEqual({
    stat: true,
    uuid: tried,
    msg: 'ok',
  });
  expect(await project.call('GET /task/:projectid/:uuid', { path: { uuid: tried } })).toEqual({
    stat: true,
    data: null,
  });
  const invoke = 'POST /third/interface/invoke';
  expect(await project.call(invoke, { body: asked })).toEqual({ stat: true, uuid: tried, data: 1 });
  const again = { stat: true, info: 'This task has been successfully created' };
  expect(await project.call(invoke, { body: asked })).toEqual(again);
  await project.waitsForConfirmation(tried);
  const { uuid: theirs } = asked;
  const link = `/task/1/${tried}`;
  expect(await project.call('POST /third/interface/query', { body: { uuid: theirs } })).toEqual({
    stat: true,
    type: 'deployonly',
    status: 'running',
    msg: 'Wait for manual treatment',
    link,
    progress: [1, 2],
    ctrl: [null, link],
  });
  expect(await project.call('POST /third/interface/stop', { body: { uuid: theirs } })).toEqual({
    stat: true,
    uuid: tried,
    msg: 'stoping',
  });
  await project.becomes(tried, 'fail');
  expect(await project.call('POST /third/interface/query', { body: { uuid: theirs } })).toMatchObject({
    status: 'fail',
    msg: '',
    progress: [2, 2],
  });
  expect(await project.call('POST /third/interface/stop', { body: { uuid: theirs } })).toEqual({
    stat: true,
    info: `jobx uuid:${tried} status: fail`,
  });
  const { data } = (await project.call('GET /log/:projectid')) as {
    readonly data: readonly { readonly info: string }[];
  };
  // When a group was made is known to the second.
  const infos = data.map(({ info }) => info).filter((info) => info !== 'add group web');
  expect(infos).toEqual([`stop task ${tried}`, `start task ${tried}`]);
  expect(data).toHaveLength(3);
  const theirCalls = documentedCalls.filter((documented) => documented.includes(' /third/'));
  expect([...project.called]).toEqual(expect.arrayContaining(theirCalls));
});
