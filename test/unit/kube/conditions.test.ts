import { describe, expect, test } from 'vitest';

import {
  findCondition,
  ready,
  reconciling,
  rfc3339,
  setConditions,
  stalled,
  truncate,
} from '../../../kube/conditions.ts';
import type { Condition } from '../../../kube/objects.ts';

const then = '2026-01-01T00:00:00Z';
const now = new Date('2026-02-02T03:04:05.678Z');
const before: readonly Condition[] = [
  { type: 'Ready', status: 'False', reason: 'Old', message: 'old', lastTransitionTime: then, observedGeneration: 1 },
  { type: 'Foreign', status: 'True', reason: 'Theirs', message: 'of somebody else', lastTransitionTime: then },
];

describe('conditions', () => {
  test('keep the time of their transition while the status stays, whatever the reason and message', () => {
    const [condition] = setConditions(
      before,
      [{ type: 'Ready', status: 'False', reason: 'New', message: 'new' }],
      2,
      now,
    );
    expect(condition).toEqual({
      type: 'Ready',
      status: 'False',
      reason: 'New',
      message: 'new',
      lastTransitionTime: then,
      observedGeneration: 2,
    });
  });

  test('get the time now, in whole seconds, when the status changes', () => {
    const [condition] = setConditions(before, ready('Done', 'done'), 2, now);
    expect(condition?.lastTransitionTime).toBe('2026-02-02T03:04:05Z');
  });

  test('of other types are left alone, after the stated ones', () => {
    const types = setConditions(before, stalled('Broken', 'broken'), 2, now).map(({ type }) => type);
    expect(types).toEqual(['Ready', 'Reconciling', 'Stalled', 'Foreign']);
    expect(findCondition(setConditions(before, ready('Done', ''), 2, now), 'Foreign')).toBe(before[1]);
  });

  test('stated again are the same, so that no patch is written', () => {
    const once = setConditions(before, reconciling('Waiting', 'for the pod p'), 3, now);
    expect(setConditions(once, reconciling('Waiting', 'for the pod p'), 3, new Date('2027-01-01'))).toEqual(once);
  });

  test('are made from nothing, with no generation where there is none', () => {
    expect(
      setConditions(undefined, [{ type: 'Ready', status: 'Unknown', reason: 'New', message: '' }], undefined, now),
    ).toEqual([{ type: 'Ready', status: 'Unknown', reason: 'New', message: '', lastTransitionTime: rfc3339(now) }]);
  });

  test('have messages of at most 1024 characters', () => {
    const [condition] = setConditions([], ready('Done', 'x'.repeat(5000)), 1, now);
    expect(condition?.message).toHaveLength(1024);
  });

  test.for([
    ['reconciling', reconciling('R', 'm'), { Ready: 'False', Reconciling: 'True', Stalled: 'False' }],
    ['stalled', stalled('R', 'm'), { Ready: 'False', Reconciling: 'False', Stalled: 'True' }],
    ['ready', ready('R', 'm'), { Ready: 'True', Reconciling: 'False', Stalled: 'False' }],
  ] as const)('%s state all three types that kstatus reads', ([, statements, expected]) => {
    expect(Object.fromEntries(statements.map(({ type, status }) => [type, status]))).toEqual(expected);
  });
});

describe('a text that is too long', () => {
  test.for([
    ['short', 10, 'short'],
    ['exactly-10', 10, 'exactly-10'],
    ['rather too long', 10, 'rather to…'],
    ['🚢🚢🚢', 4, '🚢…'],
  ] as const)('%s cut to %i is %s', ([text, max, expected]) => {
    expect(truncate(text, max)).toBe(expected);
  });
});
