import { expect, test } from 'vitest';

import { claimIndexers, taskIndexers } from '../../../../controllers/agenttask/indexers.ts';
import { idLabel, parentLabel } from '../../../../crds/labels.ts';
import { shown } from '../../../harness/agenttask/observed.ts';

test('a task is found by each of its hosts, however they are spelled, until it has ended', () => {
  const task = shown({ hosts: ['Web-1.Example.COM.', 'db'] });
  expect(taskIndexers.host(task)).toEqual(['web-1.example.com', 'db']);
  expect(taskIndexers.host({ ...task, status: { phase: 'Running' } })).toEqual(['web-1.example.com', 'db']);
  expect(taskIndexers.host({ ...task, status: { phase: 'Stopped' } })).toEqual([]);
});

test('a task is found by its run and by its AgentJob in its own namespace', () => {
  const task = shown(
    { jobRef: { name: 'patch' } },
    { run: { id: 'r', executor: 'local', location: 'here', timeoutSeconds: 3600 } },
  );
  expect(taskIndexers.run(task)).toEqual(['r']);
  expect(taskIndexers.job(task)).toEqual(['default/patch']);
  expect([taskIndexers.run(shown()), taskIndexers.job(shown())]).toEqual([[], []]);
});

test('a split task is found by none of its hosts: its children work there', () => {
  expect(taskIndexers.host(shown({ hosts: ['a', 'b'], splitBy: 'Host' }))).toEqual([]);
});

test('a task is found by its id and by the task that made it', () => {
  const task = shown({}, undefined, { labels: { [idLabel]: '12', [parentLabel]: 'u9' } });
  expect([taskIndexers.id(task), taskIndexers.parent(task)]).toEqual([['12'], ['u9']]);
  expect([taskIndexers.id(shown({}, undefined, { labels: {} })), taskIndexers.parent(shown())]).toEqual([[], []]);
});

test('a claim is found by its holder, and a Lease that is no claim not at all', () => {
  const annotations = { 'fleetwright.io/host': 'a', 'fleetwright.io/holder': 'AgentTask/default/web' };
  expect(claimIndexers.holder({ metadata: { name: 'x', annotations }, spec: { holderIdentity: 'u1' } })).toEqual([
    'u1',
  ]);
  expect(claimIndexers.holder({ metadata: { name: 'x' }, spec: { holderIdentity: 'u1' } })).toEqual([]);
});
