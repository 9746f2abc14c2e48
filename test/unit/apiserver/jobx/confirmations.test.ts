import { beforeEach, describe, expect, test } from 'vitest';

import { deployGroups } from '../../../../crds/types/deploygroup.ts';
import { answer, halfway, list, refusal, runs, uuid } from './calls.ts';
import { jobxSite, type JobxSite } from './site.ts';

let site: JobxSite;
beforeEach(async () => {
  site = await jobxSite();
});

describe('a batch that failed', () => {
  /** The call that says what is to be done about the first batch, node1 and node2. */
  let confirm: string;
  beforeEach(async () => {
    await runs(site);
    site.setStatus(site.task(), halfway);
    const { body } = await site.call('GET', `/subtask/1/${uuid}`);
    const [first] = body.data as readonly { readonly uuid: string }[];
    confirm = `/subtask/1/${first?.uuid}/confirm`;
  });

  test.each<[string, object | string, object]>([
    ['the next one to begin', {}, { action: 'Proceed' }],
    ['the same, by a form', 'comment=seen', { action: 'Proceed', comment: 'seen' }],
    [
      'the job once more on a host',
      { action: 'retry', hosts: 'node2', comment: 'disk full' },
      { action: 'Retry', hosts: ['node2'], comment: 'disk full' },
    ],
    [
      'the job on a host that is named twice',
      { action: 'retry', hosts: 'node2, node2,', comment: "wasn't reachable" },
      { action: 'Retry', hosts: ['node2'], comment: "wasn't reachable" },
    ],
    ['to go on without hosts', 'action=skip&hosts=node1,node2', { action: 'Skip', hosts: ['node1', 'node2'] }],
  ])('asks for %s', async (_what, body, expected) => {
    expect(await answer(site, 'PUT', confirm, body)).toEqual({ stat: true, data: 1 });
    expect(site.task().spec.confirm).toEqual({ batch: 2, revision: '08b17c47653f', user: 'flow@app', ...expected });
  });

  test.each<[string, object, string]>([
    ['an unknown action', { action: 'jump' }, 'check format fail action need in proceed,retry,skip'],
    [
      'an action of which only the language knows',
      { action: 'constructor', hosts: 'node1' },
      'check format fail action need in proceed,retry,skip',
    ],
    [
      'no host to try again',
      { action: 'retry' },
      'check format fail hosts undef: give hosts of the batch, with commas between them, at most 100',
    ],
    [
      'hosts for no action',
      { hosts: 'node1' },
      'check format fail hosts format error: hosts are for the actions retry and skip',
    ],
    [
      'a host of another batch',
      { action: 'skip', hosts: 'node3' },
      'check format fail hosts format error: node3 is no host of the batch: ' +
        'give hosts of the batch, with commas between them, at most 100',
    ],
  ])('is not decided on with %s', async (_what, body, info) => {
    expect(await refusal(site, 'PUT', confirm, body)).toBe(info);
    expect(site.task().spec.confirm).toBeUndefined();
  });

  test('says what was done about it in the log', async () => {
    await answer(site, 'PUT', confirm, { action: 'retry', hosts: 'node2' });
    const { body } = await site.call('GET', '/log/1');
    expect(body.data).toContainEqual(expect.objectContaining({ info: `retry task ${uuid}`, user: 'flow@app' }));
  });
});

test.each<[unknown, object | undefined]>([
  [true, { onFailure: 'End' }],
  ['true', { onFailure: 'End' }],
  [1, { onFailure: 'End' }],
  ['1', { onFailure: 'End' }],
  [false, undefined],
  ['no', undefined],
  [0, undefined],
])('a job with _exit_ %j waits for nobody, or does', async (exit, rollout) => {
  await runs(site, { version: '2', _exit_: exit });
  expect(site.task().spec.rollout).toEqual(rollout);
  expect(site.task().spec.variables).toEqual({ version: '2', _exit_: exit });
});

test('the hosts of a group that stand elsewhere are those that its controller has found', async () => {
  await answer(site, 'POST', '/group/1', list);
  const [group] = site.api.list(deployGroups);
  if (group === undefined) throw new Error('there is no group');
  const nodes = { selector: { matchLabels: { role: 'web' } } };
  const spec = { type: 'Percent', nodes, percent: ['1'], list: null };
  const { generation = 0 } = site.api.mergePatch(deployGroups, group.metadata, { spec }).metadata;
  expect(await refusal(site, 'GET', '/group/1/1/node')).toBe('the group is being resolved: ask again');
  const batches = [
    { number: 1, hosts: ['10.0.0.1'] },
    { number: 2, hosts: ['10.0.0.2'] },
  ];
  const found = { observedGeneration: generation, batches };
  site.api.mergePatch(deployGroups, group.metadata, { status: found }, 'status');
  expect(await answer(site, 'GET', '/group/1/1/node')).toEqual({ stat: true, data: [['10.0.0.1'], ['10.0.0.2']] });
  const message = 'spec.nodes.selector: no Node has these labels';
  site.api.mergePatch(deployGroups, group.metadata, { status: { ...found, batches: null, message } }, 'status');
  expect(await refusal(site, 'GET', '/group/1/1/node')).toBe(message);
});
