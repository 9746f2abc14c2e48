import { expect, test } from 'vitest';

import { jobxCallers } from '../../../../apiserver/jobx/callers.ts';

/** The verbs on each resource. */
function verbsOf(readOnly: boolean, permissions?: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const rules = jobxCallers.rights(readOnly, permissions).namespaced?.rules ?? [];
  return Object.fromEntries(rules.map(({ resources, verbs }) => [resources?.join(), verbs]));
}

const reading = ['get', 'list', 'watch'];

test.each<[string, readonly string[], readonly string[]]>([
  ['read', reading, reading],
  ['write', [...reading, 'create', 'patch'], [...reading, 'create']],
  ['delete', [...reading, 'patch', 'delete'], reading],
  ['control', reading, [...reading, 'create', 'patch']],
])('the permission point %s gives what its calls need', (point, groups, tasks) => {
  expect(verbsOf(false, [point])).toMatchObject({ deploygroups: groups, agenttasks: tasks });
});

test('all points are given where none are named, and reading alone to whoever may only look', () => {
  expect(verbsOf(false)).toEqual(verbsOf(false, ['read', 'write', 'delete', 'control']));
  expect(verbsOf(true)).toEqual(verbsOf(false, ['read']));
});
