import { describe, expect, test } from 'vitest';

import { firstOf } from '../../../../controllers/shared/planning.ts';
import { Reports, type CommonStatus, type Reported } from '../../../../controllers/shared/reports.ts';
import { idToGive, showPlan, timeToLive, waitWhilePaused } from '../../../../controllers/shared/steps.ts';
import { findCondition } from '../../../../kube/conditions.ts';

const now = new Date('2024-05-01T12:00:00Z');

/** A kind that follows something and never ends. */
interface StageStatus extends CommonStatus {
  readonly stage?: string;
}
const endless = new Reports<StageStatus, never>({ runsToAnEnd: false, waiting: {}, underWay: {}, action: 'Follow' });
/** One that ends, and says how far it is in a field of its own. */
const ending = new Reports<StageStatus, never>({
  runsToAnEnd: true,
  waiting: { stage: 'waiting' },
  underWay: { stage: 'working' },
  action: 'Move',
});

function noStep(): undefined {
  return undefined;
}

function stage(
  spec: { readonly paused?: boolean; readonly dryRun?: boolean } = {},
  status?: StageStatus,
): Reported<StageStatus> & { readonly spec: { readonly paused?: boolean; readonly dryRun?: boolean } } {
  return { metadata: { name: 'n1', generation: 4 }, spec, ...(status === undefined ? {} : { status }) };
}

function types(reports: Reports<StageStatus, never>): readonly string[] {
  return reports.waiting(stage(), now, 'A', 'a', 1).status?.conditions?.map(({ type }) => type) ?? [];
}

describe('what every kind says', () => {
  test('only a kind that runs to an end has the condition Succeeded', () => {
    expect(types(endless)).toEqual(['Ready', 'Reconciling', 'Stalled']);
    expect(types(ending)).toEqual(['Ready', 'Reconciling', 'Stalled', 'Succeeded']);
  });

  test('fields of the kind are kept, but for those that its words for waiting and working set', () => {
    const before = { stage: 'support', message: 'old' };
    expect(endless.waiting(stage({}, before), now, 'A', 'a', 1).status).toMatchObject({ stage: 'support' });
    expect(ending.waiting(stage({}, before), now, 'A', 'a', 1).status).toMatchObject({ stage: 'waiting' });
    expect(ending.hindered(stage({}, before), now, 'A', 'a').status).toMatchObject({ stage: 'working' });
  });

  test('a message stands in the status as long as somebody has to do something, and no longer', () => {
    const stuck = endless.stuck(stage(), now, 'NoNode', 'there is no node n1', 1);
    expect(stuck.status?.message).toBe('there is no node n1');
    expect(endless.waiting(stage({}, stuck.status), now, 'A', 'a', 1).status).not.toHaveProperty('message');
  });

  test('an obstacle is an event once, not at every look', () => {
    const first = endless.hindered(stage(), now, 'Blocked', 'by a budget');
    expect(first.event).toEqual({ type: 'Warning', reason: 'Blocked', action: 'Follow', note: 'by a budget' });
    expect(endless.hindered(stage({}, first.status), now, 'Blocked', 'by a budget').event).toBeUndefined();
  });

  test('an end is told with the fields of the kind, True in Succeeded when it was good', () => {
    const { status, event } = ending.ended(stage(), now, {
      good: true,
      reason: 'Moved',
      message: 'all of it',
      status: { stage: 'done' },
    });
    expect([status?.stage, findCondition(status?.conditions, 'Succeeded')?.status, event?.type]).toEqual([
      'done',
      'True',
      'Normal',
    ]);
  });
});

describe('steps of every kind', () => {
  test('a paused object waits, and says how it may go on', () => {
    const plan = waitWhilePaused(stage({ paused: true }), now, endless, 'to let the stage change');
    expect(findCondition(plan?.status?.conditions, 'Ready')?.message).toBe(
      'spec.paused is true; set it to false to let the stage change',
    );
    expect(waitWhilePaused(stage(), now, endless, '')).toBeUndefined();
  });

  test('a dry run shows its plan and does nothing', () => {
    expect(showPlan(stage({ dryRun: true }), now, endless, () => ['cordon n1'])).toMatchObject({
      intents: [],
      status: { plan: ['cordon n1'] },
    });
    expect(showPlan(stage(), now, endless, () => [])).toBeUndefined();
  });

  test('an object that has ended stays as long as its spec says, counted from its end', () => {
    expect(timeToLive({}, '2024-05-01T11:59:00Z', now)).toBeUndefined();
    expect(timeToLive({ ttlSecondsAfterFinished: 100 }, '2024-05-01T11:59:00Z', now)?.left).toBe(40_000);
    expect(timeToLive({ ttlSecondsAfterFinished: 10 }, '2024-05-01T11:59:00Z', now)?.left).toBe(-50_000);
  });

  test('who has no id, or the id of an older object, is given one, but not when it goes', () => {
    const bearing = { metadata: { name: 'a', labels: { 'fleetwright.io/id': '7' } } };
    const leaving = { metadata: { name: 'a', deletionTimestamp: '2024-05-01T12:00:00Z' } };
    expect(idToGive({ metadata: { name: 'a' } }, false, 'stage').map(({ because }) => because)).toEqual([
      'it has none',
    ]);
    expect(idToGive(bearing, true, 'stage').map(({ because }) => because)).toEqual(['an older stage has the same id']);
    expect([idToGive(bearing, false, 'stage'), idToGive(leaving, true, 'stage')]).toEqual([[], []]);
  });

  test('the first step that has something to say decides', () => {
    const steps = [noStep, (name: string) => `first for ${name}`, () => 'second'];
    expect(firstOf(steps, 'a')).toBe('first for a');
    expect(firstOf([noStep])).toBeUndefined();
  });
});
