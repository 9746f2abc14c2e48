import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { changedBatches } from '../../../../../controllers/agenttask/batches/changed.ts';
import { plan } from '../../../../../controllers/agenttask/plan.ts';
import type {
  AgentTask,
  AgentTaskBatch,
  AgentTaskConfirm,
  AgentTaskHost,
  AgentTaskSpec,
  AgentTaskStatus,
} from '../../../../../crds/types/agenttask.ts';
import { findCondition } from '../../../../../kube/conditions.ts';
import { batchTask, groupTask, staged } from '../../../../harness/agenttask/staged.ts';
import { now } from '../../../../harness/agenttask/observed.ts';
import { limits } from '../plans.ts';

const hosts: readonly AgentTaskHost[] = [
  { name: 'a', result: 'changed' },
  { name: 'b', result: 'failed' },
];
const begun = { task: 'x', startTime: '2026-01-01T11:59:10Z' } as const;
const failed: Partial<AgentTaskBatch> = {
  ...begun,
  phase: 'PartlySucceeded',
  reason: 'HostsFailed',
  message: 'no luck',
};

/** A task whose first batch failed on b, and which has asked what to do. */
function asking(spec: AgentTaskSpec = {}): AgentTask {
  const task = groupTask(spec, [failed], { hosts });
  return { ...task, status: { ...task.status, ...plan(staged(task, []), now, limits).status } };
}

const { batch = 0, revision = '' } = asking().status?.waiting ?? {};

/** What the task says when somebody has answered so. */
function answered(confirm: Partial<AgentTaskConfirm>): AgentTaskStatus {
  const task = asking();
  const spec = { ...task.spec, confirm: { batch, revision, user: 'alice', ...confirm } };
  return plan(staged({ ...task, spec }, []), now, limits).status ?? {};
}

function reason({ conditions }: AgentTaskStatus): unknown {
  return findCondition(conditions, 'Ready')?.reason;
}

describe('what somebody has decided', () => {
  test('is recorded with his name and the time, before anything comes of it', () => {
    const task = asking();
    const confirm = { batch, revision, user: 'alice', comment: 'looked at b' };
    const next = plan(staged({ ...task, spec: { ...task.spec, confirm } }, []), now, limits);
    expect(next.intents).toEqual([]);
    expect(next.event).toMatchObject({ reason: 'Decided', note: 'alice: batch 2 may begin' });
    expect(next.status).not.toHaveProperty('waiting');
    expect(next.status?.decisions).toEqual([
      { batch: 2, revision, action: 'Proceed', user: 'alice', time: '2026-01-01T12:00:00Z', comment: 'looked at b' },
    ]);
    expect(next.status?.batches?.[0]?.confirm).toBe('Confirmed');
  });

  test('counts for the very question that was asked, and for no other', () => {
    const answer = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      revision: fc.oneof(fc.constant(revision), fc.stringMatching(/^[0-9a-f]{12}$/)),
    });
    fc.assert(
      fc.property(answer, (given) => {
        const same = given.batch === batch && given.revision === revision;
        expect(reason(answered(given))).toBe(same ? 'Decided' : 'WaitConfirm');
      }),
    );
  });

  test('counts for nothing that nobody was shown', () => {
    const task = groupTask({ confirm: { batch, revision, user: 'alice' } }, [failed], { hosts });
    expect(reason(plan(staged(task, []), now, limits).status ?? {})).toBe('WaitConfirm');
  });

  test('is not answered twice: what was asked again is another question', () => {
    const status = answered({ action: 'Skip', hosts: ['b'] });
    expect(status.batches?.[0]).toMatchObject({ phase: 'PartlySucceeded', skipped: ['b'] });
    const task = groupTask({ rollout: { confirmBefore: [2] } }, [], {});
    const next = plan(staged({ ...task, status: { ...task.status, ...status } }, []), now, limits).status;
    expect(next?.waiting).toMatchObject({ batch: 2, reason: 'ConfirmPoint' });
    expect(next?.waiting?.revision).not.toBe(revision);
  });

  test.each(['Retry', 'Skip'] as const)('%s is for hosts on which it did not go well', (action) => {
    const status = answered({ action, hosts: ['a', 'b'] });
    expect(reason(status)).toBe('WaitConfirm');
    expect(findCondition(status.conditions, 'Ready')?.message).toMatch(
      /^spec.confirm names a, on which nothing went wrong in the batch before; batch 1 of 3/,
    );
  });
});

describe('a batch that is tried again', () => {
  const status = answered({ action: 'Retry', hosts: ['b'] });
  const again: AgentTask = { ...asking(), status: { ...asking().status, ...status } };

  test('is ahead again, for those hosts alone, and keeps what is known of all', () => {
    expect(status.batches?.[0]).toEqual({
      number: 1,
      hosts: ['a', 'b'],
      phase: 'Pending',
      attempt: 2,
      retried: ['b'],
      changedBefore: ['a', 'b'],
    });
    const { intents, status: next } = plan(staged(again, []), now, limits);
    expect(intents).toMatchObject([{ do: 'makeChildren', children: [{ name: 'web-01234567-1-2', hosts: ['b'] }] }]);
    expect(next?.hosts).toEqual([hosts[0], { name: 'b', result: 'notRun' }]);
  });

  test.each<[AgentTaskHost['result'], AgentTaskStatus['phase'], AgentTaskBatch['phase']]>([
    ['ok', 'Succeeded', 'Succeeded'],
    ['failed', 'Failed', 'PartlySucceeded'],
    ['notRun', 'Succeeded', 'PartlySucceeded'],
  ])('and is %s now leaves its batch %s', (result, phase = 'Failed', expected) => {
    const child = batchTask(again, 1, { phase, hosts: [{ name: 'b', result }] });
    const { batches, hosts: known } = plan(staged(again, [child]), now, limits).status ?? {};
    expect(batches?.[0]).toMatchObject({ phase: expected, attempt: 2, retried: ['b'] });
    expect(known).toEqual([hosts[0], { name: 'b', result }]);
  });

  test('is taken back on every host that any of its tasks may have changed', () => {
    const child = batchTask(again, 1, { phase: 'Succeeded', hosts: [{ name: 'b', result: 'ok' }] });
    const next = plan(staged(again, [child]), now, limits).status ?? {};
    expect(changedBatches({ ...again, status: next })).toEqual([['a', 'b']]);
  });
});
