import { expect, test } from 'vitest';

import { runFiguresOf } from '../../../../controllers/agenttask/batches/figures.ts';
import { addRunMetrics } from '../../../../controllers/agenttask/batches/metrics.ts';
import type { AgentTask, AgentTaskSpec, AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import { RuntimeMetrics } from '../../../../kube/metrics.ts';

const now = new Date('2026-11-21T12:10:00Z');

function run(status: AgentTaskStatus, spec: Partial<AgentTaskSpec> = {}): AgentTask {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { namespace: 'default', name: 'run', creationTimestamp: '2026-11-21T11:00:00Z' },
    spec: { groupRef: { name: 'web' }, ...spec },
    status,
  };
}

const first = { number: 1, hosts: ['a'], phase: 'Failed', startTime: '2026-11-21T12:00:00Z' } as const;
const next = { number: 2, hosts: ['b'], phase: 'Pending' } as const;
const stalled = {
  type: 'Stalled',
  status: 'True',
  reason: 'GroupNotFound',
  message: '',
  lastTransitionTime: '2026-11-21T12:00:00Z',
} as const;

const asked = run({
  phase: 'Running',
  startTime: '2026-11-21T12:00:00Z',
  conditions: [{ ...stalled, reason: 'WaitConfirm' }],
  batches: [{ ...first, completionTime: '2026-11-21T12:04:59Z', confirm: 'WaitConfirm' }, next],
  waiting: { batch: 2, revision: 'r1', reason: 'BatchFailed', since: '2026-11-21T12:05:00Z' },
});
const confirmed = run({
  phase: 'Running',
  startTime: '2026-11-21T12:00:00Z',
  batches: [
    { ...first, completionTime: '2026-11-21T12:05:00Z', confirm: 'Confirmed' },
    { ...next, phase: 'Running', startTime: '2026-11-21T12:06:00Z' },
  ],
});

test('a task that asks for a confirmation is told with how long it has asked', () => {
  const { standings, asked: seconds, still } = runFiguresOf([asked], now);
  expect([...standings]).toEqual([['confirmation', 1]]);
  expect({ seconds, still }).toEqual({ seconds: 300, still: 0 });
});

test('a task that goes on is told with how long nothing has begun or ended', () => {
  const { standings, asked: seconds, still } = runFiguresOf([confirmed], now);
  expect([...standings]).toEqual([['under_way', 1]]);
  expect({ seconds, still }).toEqual({ seconds: 0, still: 240 });
});

test('tasks that wait otherwise are told apart, others and those that have ended are not told of', () => {
  const tasks = [
    run({ phase: 'Pending' }),
    run({ phase: 'Pending', conditions: [stalled] }),
    run({ phase: 'Running', batches: [first, next] }, { paused: true }),
    run({
      phase: 'Running',
      batches: [first, next],
      conditions: [{ ...stalled, type: 'Ready', status: 'False', reason: 'Baking' }],
    }),
    run({ phase: 'Failed', conditions: [stalled] }),
    { ...run({ phase: 'Running' }), spec: { hosts: ['a'] } },
  ];
  expect(Object.fromEntries(runFiguresOf(tasks, now).standings)).toEqual({ pending: 1, stalled: 1, paused: 2 });
});

test('metrics have a series for each standing, none for a name, and follow what they tell of', async () => {
  const { registry } = new RuntimeMetrics();
  let tasks = [asked, confirmed];
  addRunMetrics(registry, () => runFiguresOf(tasks, now));
  const before = await registry.metrics();
  expect(before).toContain('fleetwright_runs{standing="confirmation"} 1');
  expect(before).toContain('fleetwright_run_confirmation_seconds 300');
  expect(before).toContain('fleetwright_run_seconds_without_progress 240');
  expect(before).not.toContain('web');
  tasks = [];
  expect(await registry.metrics()).toContain('fleetwright_run_confirmation_seconds 0');
});
