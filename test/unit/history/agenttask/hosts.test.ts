import { expect, test } from 'vitest';

import { hostResults } from '../../../../crds/host-results.ts';
import { hostParts } from '../../../../history/agenttask/hosts.ts';
import { shown } from '../../../harness/agenttask/observed.ts';

const failed = { name: 'b', result: 'failed', message: 'no luck' } as const;
const batch = { number: 1, hosts: ['a', 'b'], phase: 'PartlySucceeded', otherHosts: 'changed' } as const;

test.each([
  ['of each host', shown({ hosts: ['b'] }, { hosts: [failed] })],
  ['of most hosts together', shown({ hosts: ['a', 'b', 'c'] }, { hosts: [failed], otherHosts: 'ok' })],
  ['of all hosts together', shown({ hosts: ['a', 'b', 'c'] }, { hosts: [], otherHosts: 'ok' })],
  ['of a group by its batches', shown({ groupRef: { name: 'web' } }, { hosts: [failed], batches: [batch] })],
])('a task that tells %s is read from the history as it was', (_what, task) => {
  const { object, rows } = hostParts.detach(task);
  const read = hostParts.attach(object, rows);
  expect(read).toEqual(task);
  expect(hostResults(read)).toEqual(hostResults(task));
});
