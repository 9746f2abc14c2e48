import { expect, test } from 'vitest';

import { taskIndexers } from '../../../../controllers/agenttask/indexers.ts';
import { idLabel, parentLabel } from '../../../../crds/labels.ts';
import type { AgentTask, AgentTaskSpec } from '../../../../crds/types/agenttask.ts';
import { waiting } from '../../../../controllers/agenttask/reports.ts';
import { now, shown } from '../../../harness/agenttask/observed.ts';

function waits(reason: string, spec: AgentTaskSpec = {}): AgentTask {
  return shown({ hosts: ['Web-1.Example.COM.', 'db'], ...spec }, waiting(shown(), now, reason, 'so', 1).status);
}

test('a task that waits for its turn is found by each of its hosts, however spelled, and no other task is', () => {
  const found = ['web-1.example.com', 'db'];
  for (const reason of ['HostClaimed', 'HostQueued', 'WaitingForSlot'])
    expect(taskIndexers.waiting(waits(reason))).toEqual(found);
  expect(taskIndexers.waiting(waits('Paused'))).toEqual([]);
  expect(taskIndexers.waiting(waits('HostClaimed', { shared: true }))).toEqual([]);
  expect(taskIndexers.waiting(shown())).toEqual([]);
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

test('a task is found by its id and by the task that made it', () => {
  const task = shown({}, undefined, { labels: { [idLabel]: '12', [parentLabel]: 'u9' } });
  expect([taskIndexers.id(task), taskIndexers.parent(task)]).toEqual([['12'], ['u9']]);
  expect([taskIndexers.id(shown({}, undefined, { labels: {} })), taskIndexers.parent(shown())]).toEqual([[], []]);
});
