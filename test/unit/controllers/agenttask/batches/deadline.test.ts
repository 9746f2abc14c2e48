import fc from 'fast-check';
import { expect, test } from 'vitest';

import { stopwatch, untilDeadline } from '../../../../../controllers/agenttask/batches/deadline.ts';
import type { AgentTask } from '../../../../../crds/types/agenttask.ts';
import { groupTask } from '../../../../harness/agenttask/staged.ts';

const start = Date.parse('2026-01-01T12:00:00Z');
const deadlineSeconds = 1_000_000;

function after(seconds: number): Date {
  return new Date(start + seconds * 1000);
}

function seen(task: AgentTask, works: boolean, now: Date): AgentTask {
  const { activeSeconds: _, activeSince: __, ...status } = task.status ?? {};
  return { ...task, status: { ...status, ...stopwatch(task, works, now) } };
}

test('the time that counts is that in which the task works, however often somebody looks', () => {
  const spans = fc.array(fc.record({ seconds: fc.integer({ min: 0, max: 5000 }), works: fc.boolean() }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(spans, (all) => {
      let [at, worked] = [0, 0];
      let task = groupTask({ rollout: { deadlineSeconds } });
      for (const { seconds, works } of all) {
        task = seen(task, works, after(at));
        at += seconds;
        worked += works ? seconds : 0;
        expect(untilDeadline(task, after(at))).toBe((deadlineSeconds - worked) * 1000);
      }
    }),
  );
});

test('a task without a deadline has no stopwatch', () => {
  const task = groupTask();
  expect(stopwatch(task, true, after(0))).toEqual({});
  expect(untilDeadline(task, after(0))).toBeUndefined();
});

test('a clock that was put back gives nobody more time', () => {
  const task = seen(groupTask({ rollout: { deadlineSeconds } }), true, after(100));
  expect(untilDeadline(task, after(0))).toBe(deadlineSeconds * 1000);
});
