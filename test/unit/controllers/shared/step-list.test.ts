import { expect, test } from 'vitest';

import { nextStep, stepBegun, stepDone } from '../../../../controllers/shared/step-list.ts';

const order = ['Made', 'Filled', 'Given'] as const;
const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

test('steps get the times when they begin and when they are done', () => {
  const begun = stepBegun<(typeof order)[number]>(undefined, 'Made', at(1));
  const done = stepBegun(stepDone(begun, 'Made', at(2), 'as wanted'), 'Filled', at(3));
  expect(done).toEqual([
    { name: 'Made', startTime: '2026-01-01T00:00:01Z', endTime: '2026-01-01T00:00:02Z', message: 'as wanted' },
    { name: 'Filled', startTime: '2026-01-01T00:00:03Z' },
  ]);
});

test('saying the same again changes nothing', () => {
  const once = stepDone(stepBegun(undefined, 'Made', at(1)), 'Made', at(2), 'first');
  expect(stepDone(stepBegun(once, 'Made', at(8)), 'Made', at(9), 'second')).toEqual(once);
});

test('a step that is seen only when it is done begins and ends at once', () => {
  expect(stepDone(undefined, 'Made', at(5))).toEqual([
    { name: 'Made', startTime: '2026-01-01T00:00:05Z', endTime: '2026-01-01T00:00:05Z' },
  ]);
});

test('a message is cut to what a status allows', () => {
  const [step] = stepDone(undefined, 'Made', at(5), 'x'.repeat(1000));
  expect(step?.message).toHaveLength(256);
});

test('the next step is the first that is not done', () => {
  expect(nextStep(order, undefined)).toBe('Made');
  expect(nextStep(order, stepBegun(undefined, 'Made', at(1)))).toBe('Made');
  const two = stepDone(stepDone<(typeof order)[number]>(undefined, 'Made', at(1)), 'Filled', at(2));
  expect(nextStep(order, two)).toBe('Given');
  expect(nextStep(order, stepDone(two, 'Given', at(3)))).toBeUndefined();
});
