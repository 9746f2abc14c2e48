import { assert, bigInt, constantFrom, property } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { QuantityError, formatQuantity, parseQuantity } from '../../../kube/quantities.ts';

const one = 1_000_000_000n;

// The values are those that apimachinery's resource.Quantity gives.
test.each([
  ['0', 0n],
  ['1', one],
  ['-1', -one],
  ['+3', 3n * one],
  ['100m', one / 10n],
  ['0.1', one / 10n],
  ['.5', one / 2n],
  ['5.', 5n * one],
  ['1.5Gi', 1_610_612_736n * one],
  ['0.5Ki', 512n * one],
  ['2e3', 2000n * one],
  ['2E3', 2000n * one],
  ['1e-3', one / 1000n],
  ['12E', 12n * 10n ** 18n * one],
  ['1Ei', 2n ** 60n * one],
  ['1k', 1000n * one],
  ['7n', 7n],
  ['3u', 3000n],
  ['0.5n', 1n],
  ['-0.5n', -1n],
  ['0.0000000001', 1n],
  ['1.0000000001', one + 1n],
])('the quantity %s is %s nano-units', (text, expected) => {
  expect(parseQuantity(text)).toBe(expected);
});

test.each([
  '',
  '.',
  '+',
  '-.',
  'Gi',
  '1 Gi',
  '1GI',
  '1.2.3',
  '1e',
  '1e1k',
  '0x10',
  'NaN',
  '1,5',
  ' 1',
  '1\n',
  '9'.repeat(65),
  '1e1000',
])('%j is refused, with what to write', (text) => {
  expect(() => parseQuantity(text)).toThrow(QuantityError);
  expect(() => parseQuantity(text)).toThrow('is not a quantity: write a number with an optional suffix');
});

describe('formatQuantity', () => {
  test.each([
    ['1000m', 'decimal', '1'],
    ['1500m', 'decimal', '1500m'],
    ['0.0', 'decimal', '0'],
    ['1024', 'binary', '1Ki'],
    ['1025', 'binary', '1025'],
    ['1.5Gi', 'binary', '1536Mi'],
    ['0.5', 'binary', '500m'],
    ['1000k', 'decimal', '1M'],
    ['-2000', 'decimal', '-2k'],
    ['1n', 'decimal', '1n'],
  ] as const)('writes %s in %s as %s', (text, style, expected) => {
    expect(formatQuantity(parseQuantity(text), style)).toBe(expected);
  });

  test('writes what parses to the same value, whatever the value and style', () => {
    assert(
      property(
        bigInt({ min: -(10n ** 27n), max: 10n ** 27n }),
        constantFrom('decimal' as const, 'binary' as const),
        (value, style) => {
          expect(parseQuantity(formatQuantity(value, style))).toBe(value);
        },
      ),
    );
  });
});
