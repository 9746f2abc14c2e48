import { beforeEach, describe, expect, test } from 'vitest';

import { batchesOf } from '../../../../crds/batches.ts';
import { deployGroups } from '../../../../crds/types/deploygroup.ts';
import { configMaps } from '../../../../kube/builtin.ts';
import { aText, answer, list, refusal } from './calls.ts';
import { jobxSite, type JobxSite } from './site.ts';

let site: JobxSite;
beforeEach(async () => {
  site = await jobxSite();
});

/** As the controller of groups does, with the hosts of the project. */
function resolve(): void {
  const [group] = site.api.list(deployGroups);
  if (group === undefined) throw new Error('there is no group');
  const hosts = Array.from({ length: 20 }, (_, index) => ({ host: `node${index + 1}`, place: 'list' }));
  const { batches = [] } = batchesOf(group.spec, hosts);
  const status = {
    observedGeneration: group.metadata.generation,
    batches: batches.map((names, index) => ({ number: index + 1, hosts: names })),
  };
  site.api.mergePatch(deployGroups, group.metadata, { status }, 'status');
}

describe('groups, each call as the document has it', () => {
  test('a list group is made, listed, shown, and its hosts are a list of lists', async () => {
    expect(await answer(site, 'POST', '/group/1', list)).toEqual({ stat: true, data: true });
    const line = { id: 1, name: 'web', note: 'all of it', group_type: 'list' };
    expect(await answer(site, 'GET', '/group/1')).toMatchObject({ stat: true, data: [line] });
    expect(await answer(site, 'GET', '/group/1/1')).toMatchObject({
      data: { ...line, projectid: 1, node: 'node1,node2;node3', edit_time: '2026-01-01 00:00:00' },
    });
    expect(await answer(site, 'GET', '/group/1/1/node')).toEqual({ stat: true, data: [['node1', 'node2'], ['node3']] });
    expect(site.api.list(deployGroups)[0]?.spec.list).toEqual([{ hosts: ['node1', 'node2'] }, { hosts: ['node3'] }]);
  });

  test('the percent group of the document is of the hosts of its project, and %10 is 10 %', async () => {
    await answer(site, 'POST', '/group/1', { name: 'part', group_type: 'percent', percent: '1:2:%10:5%' });
    expect(await answer(site, 'GET', '/group/1/1')).toMatchObject({
      data: { percent: '1:2:10%:5%', group_type: 'percent' },
    });
    const asked = site.call('GET', '/group/1/1/node');
    // It was made a moment ago: the answer waits for its controller.
    resolve();
    const { body } = await asked;
    expect((body.data as string[][]).map(({ length }) => length)).toEqual([
      1,
      2,
      2,
      ...Array.from({ length: 15 }, () => 1),
    ]);
  });

  test('a percent group is of hosts of its own, then of those of its project, and the other way round', async () => {
    const percent = { name: 'part', group_type: 'percent', percent: '50%' };
    const nodesOf = (): unknown => site.api.list(deployGroups)[0]?.spec.nodes;
    await answer(site, 'POST', '/group/1', { ...percent, node: 'a,b' });
    expect(nodesOf()).toEqual({ names: ['a', 'b'] });
    await answer(site, 'POST', '/group/1/1', percent);
    expect(nodesOf()).toEqual({ inventory: { name: 'fleetwright-hosts' } });
    await answer(site, 'POST', '/group/1/1', { ...percent, node: 'c' });
    expect(nodesOf()).toEqual({ names: ['c'] });
    expect(await answer(site, 'GET', '/group/1/1/node')).toEqual({ stat: true, data: [['c']] });
  });

  test('a percent group of no hosts is refused where its project names none', async () => {
    site.api.delete(configMaps, { namespace: 'default', name: 'fleetwright-hosts' });
    const percent = { name: 'part', group_type: 'percent', percent: '50%' };
    expect(await refusal(site, 'POST', '/group/1', percent)).toBe(
      'node undef: give the hosts in node, ' +
        'or ask the operator to name those of the project in ConfigMap fleetwright-hosts',
    );
  });

  test('parameters come as a form or in the query too, and empty ones are absent', async () => {
    expect(await answer(site, 'POST', '/group/1?note=seen', 'name=form&group_type=list&node=a%3Bb&percent=')).toEqual({
      stat: true,
      data: true,
    });
    expect(await answer(site, 'GET', '/group/1/1')).toMatchObject({
      data: { name: 'form', note: 'seen', node: 'a;b' },
    });
  });

  test('a group is given anew, and keeps its number; then it is deleted', async () => {
    await answer(site, 'POST', '/group/1', list);
    const percent = { name: 'renamed', group_type: 'percent', percent: '50%', node: 'a,b,c,d' };
    expect(await answer(site, 'POST', '/group/1/1', percent)).toEqual({ stat: true, data: true });
    expect(await answer(site, 'GET', '/group/1/1')).toMatchObject({ data: { id: 1, name: 'renamed', note: '' } });
    expect(await answer(site, 'GET', '/group/1/1/node')).toMatchObject({
      data: [
        ['a', 'b'],
        ['c', 'd'],
      ],
    });
    expect(site.api.list(deployGroups)[0]?.spec).not.toHaveProperty('list');
    expect(await answer(site, 'DELETE', '/group/1/1')).toEqual({ stat: true, data: true });
    expect(await refusal(site, 'DELETE', '/group/1/1')).toBe('mismatch id: project 1 has no group 1; see GET /group/1');
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
      'more sizes than a group has',
      { name: 'p', group_type: 'percent', percent: Array.from({ length: 101 }, () => '1').join(':') },
      'check format fail percent format error: there are 101 sizes, more than 100: ' +
        'the last one counts for all further batches',
    ],
    [
      'a host twice',
      { ...list, node: 'a;b,a' },
      'check format fail node format error: batch 2, host 2: ' +
        'a is named before, in batch 1, host 1: name each host once',
    ],
    [
      'a host twice in a percent group',
      { name: 'p', group_type: 'percent', percent: '1', node: 'a,b,A' },
      'check format fail node format error: host 3: A is named before, in host 1: name each host once',
    ],
    [
      'an empty batch',
      { ...list, node: 'a;;b' },
      'check format fail node format error: batch 2: there is none: name it, or take the separator away',
    ],
    [
      'an empty host',
      { ...list, node: 'a;b,,c' },
      'check format fail node format error: batch 2, host 2: there is none: name it, or take the separator away',
    ],
    [
      'a host that a shell would read',
      { ...list, node: 'a$(reboot)' },
      'check format fail node format error: batch 1, host 1: "a$(reboot)" is not a host name or an IP address',
    ],
  ])('%s is refused', async (_what, body, info) => {
    expect(await refusal(site, 'POST', '/group/1', body)).toBe(info);
    expect(site.api.list(deployGroups)).toEqual([]);
  });

  test('two groups of one name are refused', async () => {
    await answer(site, 'POST', '/group/1', list);
    expect(await refusal(site, 'POST', '/group/1', list)).toBe('there is a group web already: give another name');
  });
});
