import { expect, test } from 'vitest';

import { dateIn } from '../../../../apiserver/ses/dates.ts';

test.each([
  ['Asia/Seoul', '2024-03-06T06:01:14Z', '2024-03-06 15:01:14'],
  ['Asia/Seoul', '2024-12-31T15:00:00Z', '2025-01-01 00:00:00'],
  ['UTC', '2024-03-06T06:01:14.999Z', '2024-03-06 06:01:14'],
  // Around the beginning of summer time.
  ['Europe/Berlin', '2024-03-31T00:59:59Z', '2024-03-31 01:59:59'],
  ['Europe/Berlin', '2024-03-31T01:00:00Z', '2024-03-31 03:00:00'],
])('in %s, %s is %s', (zone, time, date) => {
  expect(dateIn(zone)(time)).toBe(date);
});

test.each([undefined, '', 'yesterday'])('%s is no date', (time) => {
  expect(dateIn('Asia/Seoul')(time)).toBe('');
});
