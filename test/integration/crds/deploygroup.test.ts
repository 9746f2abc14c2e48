import { expect, test } from 'vitest';

import { apiForFile, type Spec } from './objects.ts';

const api = apiForFile();
const list = { type: 'List', list: [{ hosts: ['web-1'] }, { hosts: ['web-2', 'web-3'] }] };
const percent = { type: 'Percent', nodes: { names: ['web-1', 'web-2'] }, percent: ['1', '10%'] };

function group(name: string, spec: Spec): object {
  return { apiVersion: 'fleetwright.io/v1alpha1', kind: 'DeployGroup', metadata: { name }, spec };
}

const selected = { ...percent, nodes: { selector: { matchLabels: { role: 'web' } }, address: 'Name' } };
const listed = { ...percent, nodes: { inventory: { name: 'hosts', key: 'hosts', section: 'web' } } };

test.each([
  ['list', list],
  ['percent', percent],
  ['selector', selected],
  ['inventory', listed],
])('a group by %s is taken, and not ready before a controller has seen it', async (name, spec) => {
  const { stdout, stderr } = await api.create(group(`taken-${name}`, spec));
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    spec,
    status: { observedGeneration: 0, conditions: [{ type: 'Ready', status: 'Unknown' }, { type: 'Reconciling' }] },
  });
});

test('a group may become one of the other type, and its note may change', async () => {
  await api.create(group('changed', list));
  const other = { ...percent, list: null, note: 'all of it' };
  const patch = ['--type=merge', '-p', JSON.stringify({ spec: other })];
  expect(await api.run('patch', 'deploygroup', 'changed', ...patch)).toMatchObject({ code: 0 });
});

const sized = (size: string): Spec => ({ ...percent, percent: ['1', size] });
const notASize = 'not the size of a batch: use a whole number of hosts from 1, or a percentage such as 10% or 2.5%';

test.each<[what: string, spec: Spec, field: string, fix: string]>([
  ['no type', { list: list.list }, 'spec.type', 'Required value'],
  ['an unknown type', { ...list, type: 'Hash' }, 'spec.type', 'supported values: "List", "Percent"'],
  ['no list', { type: 'List' }, 'spec', 'list is required for the type List: write the hosts of each batch'],
  ['an empty list', { type: 'List', list: [] }, 'spec.list', 'should have at least 1 items'],
  ['an empty batch', { type: 'List', list: [{ hosts: [] }] }, 'spec.list[0].hosts', 'should have at least 1 items'],
  ['sizes beside a list', { ...list, percent: ['1'] }, 'spec', 'remove them, or use type Percent instead of list'],
  ['a list beside sizes', { ...percent, list: list.list }, 'spec', 'remove it, or use type List'],
  ['no hosts', { type: 'Percent', percent: ['1'] }, 'spec', 'nodes and percent are required for the type Percent'],
  [
    'two ways to say which hosts',
    { ...percent, nodes: { ...percent.nodes, selector: {} } },
    'spec.nodes',
    'in one way',
  ],
  [
    'no way to say which hosts',
    { ...percent, nodes: {} },
    'spec.nodes',
    'exactly one of names, selector and inventory',
  ],
  [
    'an address of names',
    { ...percent, nodes: { ...percent.nodes, address: 'Name' } },
    'spec.nodes.address',
    'remove it',
  ],
  ['no sizes', { type: 'Percent', nodes: percent.nodes }, 'spec', 'say which hosts, and how many of them'],
  ['a size of 0, which would never end', sized('0'), 'spec.percent[1]', notASize],
  ['a size of 0.0%', sized('0.0%'), 'spec.percent[1]', notASize],
  ['a negative size', sized('-1'), 'spec.percent[1]', notASize],
  ['a size with the sign before it', sized('%10'), 'spec.percent[1]', notASize],
  [
    'a host that is an option of ssh',
    { type: 'List', list: [{ hosts: ['-oProxyCommand=x'] }] },
    'spec.list[0].hosts[0]',
    'should match',
  ],
  ['a host with a space', { ...percent, nodes: { names: ['a b'] } }, 'spec.nodes.names[0]', 'should match'],
  ['a field that nobody knows', { ...list, batches: [] }, 'spec.batches', 'unknown field'],
])('a DeployGroup with %s is refused', async (_what, spec, field, fix) => {
  const { code, stderr } = await api.create(group('refused', spec), '--dry-run=server');
  expect(code).toBe(1);
  expect(stderr).toContain(field);
  expect(stderr).toContain(fix);
  // An answer that repeats what it refuses floods terminals and logs.
  expect(stderr.length).toBeLessThan(10_000);
});
