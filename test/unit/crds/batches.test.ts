import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { batchesOf, isSize, sizesOf } from '../../../crds/batches.ts';
import { isHost } from '../../../crds/hosts.ts';

/** Of all hosts, in whole thousandths of a percent. */
function sizeAsTheOriginal(size: string, total: number): number {
  const [, whole, part = ''] = /^(\d+)(?:[.](\d+))?%$/.exec(size) ?? [];
  if (whole === undefined) return Number(size);
  return Math.max(1, Number((BigInt(whole + part.padEnd(3, '0')) * BigInt(total)) / 100_000n));
}

describe('the sizes of batches', () => {
  test.each([
    ['1:2:10%:5%', 20, [1, 2, 2, ...Array.from({ length: 15 }, () => 1)]],
    ['1:2:10%:5%', 4, [1, 2, 1]],
    ['1', 3, [1, 1, 1]],
    ['5', 12, [5, 5, 2]],
    ['10%', 9, [1, 1, 1, 1, 1, 1, 1, 1, 1]],
    ['33%', 10, [3, 3, 3, 1]],
    ['100%', 7, [7]],
    ['250%', 7, [7]],
    ['2.5%', 100, Array.from({ length: 50 }, () => 2)],
    ['0.7%', 1000, [...Array.from({ length: 142 }, () => 7), 6]],
    ['3:1', 3, [3]],
    ['1', 0, []],
  ])('%s of %i hosts', (text, total, sizes) => {
    expect(sizesOf(text.split(':'), total)).toEqual(sizes);
  });

  const token = fc.oneof(
    fc.integer({ min: 1, max: 2000 }).map(String),
    fc.integer({ min: 1, max: 300 }).map((size) => `${size}%`),
    fc.integer({ min: 1, max: 999 }).map((part) => `0.${String(part).padStart(3, '0')}%`),
  );

  test('no list of tokens loops, and every host is in exactly one batch, in order', () => {
    fc.assert(
      fc.property(
        fc.array(token, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 1000 }),
        (percent, count) => {
          const names = Array.from({ length: count }, (_, index) => `host-${index}`);
          const { batches = [] } = batchesOf({ type: 'Percent', nodes: { names }, percent });
          expect(batches.flat()).toEqual(names);
          const sizes = batches.map(({ length }) => length);
          const full = sizes.map((_, index) => sizeAsTheOriginal(percent[index] ?? percent.at(-1) ?? '', count));
          expect(sizes.slice(0, -1)).toEqual(full.slice(0, -1));
          expect(sizes.at(-1)).toBeGreaterThan(0);
          expect(sizes.at(-1)).toBeLessThanOrEqual(full.at(-1) ?? 0);
        },
      ),
    );
  });

  test.each(['0', '00', '0%', '0.0%', '%10', '-1', '1.5', '', '%', '10 %', '12345', '1e3'])('%j is none', (text) => {
    expect(isSize(text)).toBe(false);
  });
});

function lists(...batches: readonly (readonly string[])[]): ReturnType<typeof batchesOf> {
  return batchesOf({ type: 'List', list: batches.map((hosts) => ({ hosts })) });
}

describe('a group', () => {
  test('of the type List has the batches that it names', () => {
    expect(lists(['a', 'b'], ['c'])).toEqual({ batches: [['a', 'b'], ['c']] });
  });

  test.each<[string, ReturnType<typeof batchesOf>, string]>([
    [
      'a name that is none',
      lists(['a'], ['b', '10.1']),
      'list[1].hosts[1]: "10.1" is not a host name or an IP address',
    ],
    [
      'a host twice, in whatever case',
      lists(['a', 'web-1'], ['WEB-1']),
      'list[1].hosts[0]: WEB-1 is named before, in list[0].hosts[1]: name each host once',
    ],
    [
      'an address twice, spelled in two ways',
      lists(['2001:db8::1', '10.0.0.1'], ['b', '2001:DB8:0::0001']),
      'list[1].hosts[1]: 2001:DB8:0::0001 is named before, in list[0].hosts[0]: name each host once',
    ],
    [
      'too many hosts',
      lists(Array.from({ length: 1001 }, (_, index) => `h${index}`)),
      'there are 1001 hosts, more than 1000: make several groups',
    ],
    ['no host', batchesOf({ type: 'Percent', percent: ['1'] }), 'there is no host: name one at least'],
    [
      'a size of nothing',
      batchesOf({ type: 'Percent', nodes: { names: ['a'] }, percent: ['1', '0'] }),
      'percent[1]: "0" is not the size of a batch: use a whole number of hosts from 1, or a percentage such as 10%',
    ],
  ])('is not resolved with %s, and says where', (_what, resolved, problem) => {
    expect(resolved).toEqual({ problem });
  });
});

test.each([
  ['web-1.example.com', true],
  ['_dmarc', true],
  ['192.0.2.10', true],
  ['2001:db8::10', true],
  ['192.0.2.256', false],
  ['fe80::1%eth0', false],
  ['web-1:22', false],
  ['-web', false],
  ['web..1', false],
  ['all', false],
  ['a b', false],
  ['', false],
])('%j names a machine: %s', (text, expected) => {
  expect(isHost(text)).toBe(expected);
});
