import fc from 'fast-check';
import { expect, test } from 'vitest';

import { isOpen, nextOpening, windowObstacle } from '../../../../../controllers/clusterstage/turns/window.ts';
import type { ClusterStageWindow } from '../../../../../crds/types/clusterstage.ts';
import { amount } from '../../../../harness/matrix.ts';

const night: ClusterStageWindow = { from: '22:00', to: '06:00' };
const noon: ClusterStageWindow = { from: '12:00', to: '13:00' };
const berlin = 'Europe/Berlin';

/** 2026-01-01 is a Thursday. In Berlin the clocks go from 2 to 3 on 29 March, and from 3 back to 2 on 25 October. */
test.each<[what: string, window: ClusterStageWindow, now: string, open: boolean, next?: string]>([
  ['is open when it opens', noon, '2026-01-01T12:00:00Z', true],
  ['is closed the moment before', noon, '2026-01-01T11:59:59Z', false, '2026-01-01T12:00:00Z'],
  ['is closed when it closes', noon, '2026-01-01T13:00:00Z', false, '2026-01-02T12:00:00Z'],
  ['is open past midnight', night, '2026-01-02T05:59:00Z', true],
  ['is open before midnight', night, '2026-01-01T23:00:00Z', true],
  ['is closed by day', night, '2026-01-01T06:00:00Z', false, '2026-01-01T22:00:00Z'],
  ['is open all day from a time to the same', { from: '08:00', to: '08:00' }, '2026-01-01T07:00:00Z', true],
  ['goes by the day on which it opens', { ...night, days: ['Thursday'] }, '2026-01-02T05:00:00Z', true],
  ['not on other days', { ...night, days: ['Friday'] }, '2026-01-02T05:00:00Z', false, '2026-01-02T22:00:00Z'],
  ['a week later', { ...noon, days: ['Thursday'] }, '2026-01-01T13:00:00Z', false, '2026-01-08T12:00:00Z'],
  [
    'from Saturday into Sunday',
    { ...night, days: ['Saturday'] },
    '2026-01-03T21:00:00Z',
    false,
    '2026-01-03T22:00:00Z',
  ],
  ['by the clocks of its place in winter', { ...noon, timeZone: berlin }, '2026-01-01T11:00:00Z', true],
  ['by the clocks of its place in summer', { ...noon, timeZone: berlin }, '2026-07-01T10:00:00Z', true],
  [
    'with the next opening over the change of the clocks',
    { ...noon, timeZone: berlin },
    '2026-03-28T12:00:00Z',
    false,
    '2026-03-29T10:00:00Z',
  ],
  [
    'beginning at a time that the clocks leap over: when they have',
    { from: '02:30', to: '05:00', timeZone: berlin },
    '2026-03-29T00:59:00Z',
    false,
    '2026-03-29T01:00:00Z',
  ],
  [
    'that the clocks leap over whole: the day after',
    { from: '02:00', to: '02:30', timeZone: berlin },
    '2026-03-29T00:30:00Z',
    false,
    '2026-03-30T00:00:00Z',
  ],
  [
    'that comes twice in autumn: the first time',
    { from: '02:00', to: '02:30', timeZone: berlin },
    '2026-10-24T23:00:00Z',
    false,
    '2026-10-25T00:00:00Z',
  ],
  ['and the second time', { from: '02:00', to: '02:30', timeZone: berlin }, '2026-10-25T01:15:00Z', true],
  [
    'of one day that is leapt over: a week later',
    { days: ['Sunday'], from: '02:00', to: '02:30', timeZone: berlin },
    '2026-03-28T12:00:00Z',
    false,
    '2026-04-05T00:00:00Z',
  ],
  [
    'east of all, where the day is another one',
    { days: ['Friday'], from: '01:00', to: '02:00', timeZone: 'Pacific/Kiritimati' },
    '2026-01-01T10:00:00Z',
    false,
    '2026-01-01T11:00:00Z',
  ],
])('a window %s', (_, window, now, open, next) => {
  expect(isOpen(window, new Date(now))).toBe(open);
  const shown = nextOpening(window, new Date(now))?.toISOString().replace('.000Z', 'Z');
  expect(next ?? shown).toBe(shown);
});

test('where no node may begin the next opening is told', () => {
  expect(windowObstacle(noon, new Date('2026-01-01T11:00:00Z'))).toEqual({
    reason: 'OutsideWindow',
    message: 'spec.window opens at 2026-01-01T12:00:00Z',
    requeueAfter: 3_600_000,
  });
  expect(windowObstacle(noon, new Date('2026-01-01T12:00:00Z'))).toBeUndefined();
  expect(windowObstacle(undefined, new Date('2026-01-01T12:00:00Z'))).toBeUndefined();
});

test('a time zone that is none is told of by name', () => {
  expect(windowObstacle({ ...noon, timeZone: 'Mars/Olympus' }, new Date('2026-01-01T11:00:00Z'))).toEqual({
    reason: 'UnknownTimeZone',
    message: 'spec.window.timeZone Mars/Olympus is no time zone of the IANA database: write it as Europe/Berlin',
    stuck: true,
  });
});

test('at its next opening a window is open, and not before', () => {
  const time = fc
    .integer({ min: 0, max: 1439 })
    .map((minutes) => new Date(minutes * 60_000).toISOString().slice(11, 16));
  const instant = fc.date({
    min: new Date('2026-01-01T00:00:00Z'),
    max: new Date('2027-01-01T00:00:00Z'),
    noInvalidDate: true,
  });
  const timeZone = fc.constantFrom('UTC', berlin, 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu');
  fc.assert(
    fc.property(time, time, timeZone, instant, (from, to, zone, now) => {
      const window = { from, to, timeZone: zone };
      if (isOpen(window, now)) return;
      const opening = nextOpening(window, now);
      expect(opening).toBeDefined();
      if (opening === undefined) return;
      expect(isOpen(window, opening)).toBe(true);
      const [start, end] = [Math.ceil(now.getTime() / 60_000), opening.getTime() / 60_000];
      for (let minute = start; minute < end; minute += 1) expect(isOpen(window, new Date(minute * 60_000))).toBe(false);
    }),
    { numRuns: amount(20, 300) },
  );
});
