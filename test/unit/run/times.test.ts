import { describe, expect, test } from 'vitest';

import {
  budgetFrom,
  excesses,
  folderSums,
  slowest,
  slownessDuring,
  type Budget,
  type FileTime,
  type Sample,
} from '../../run/times/times.ts';

function took(file: string, seconds: number, began = 0): FileTime {
  return { file, seconds, began, ended: began + seconds };
}

const budget: Budget = { reference: 0.5, default: 10, files: { 'test/a/long.test.ts': 100 } };
const steady: readonly Sample[] = [0, 15, 30, 45].map((at) => ({ at, seconds: 0.5 }));

describe('what took longest', () => {
  test('is told longest first, and no more of it than asked for', () => {
    const times = [took('a', 3), took('b', 9), took('c', 5)];
    expect(slowest(times, 2).map(({ file }) => file)).toEqual(['b', 'c']);
  });

  test('is summed up by folder, and deeper folders count to the one above', () => {
    const times = [
      took('test/unit/kube/x.test.ts', 1),
      took('test/unit/kube/deep/y.test.ts', 2),
      took('test/integration/secrets.test.ts', 7),
    ];
    expect(folderSums(times)).toEqual([
      ['test/integration', 7],
      ['test/unit/kube', 3],
    ]);
  });
});

describe('how slow the machine was while a file ran', () => {
  test('is the mean of the samples in between, in relation to the reference of the budgets', () => {
    const samples = [
      { at: 5, seconds: 9 },
      { at: 20, seconds: 1 },
      { at: 30, seconds: 2 },
    ];
    expect(slownessDuring(samples, { began: 10, ended: 40 }, 0.5)).toBe(3);
  });

  test('is that of the samples before and after where none is in between', () => {
    const samples = [
      { at: 1, seconds: 9 },
      { at: 5, seconds: 1 },
      { at: 20, seconds: 2 },
    ];
    expect(slownessDuring(samples, { began: 10, ended: 11 }, 0.5)).toBe(3);
  });

  test('is never less than when the budgets were written', () => {
    expect(slownessDuring([{ at: 5, seconds: 0.1 }], { began: 0, ended: 10 }, 0.5)).toBe(1);
    expect(slownessDuring([], { began: 0, ended: 10 }, 0.5)).toBe(1);
  });
});

describe('a file is too slow', () => {
  test.each<[string, FileTime, readonly Sample[], boolean]>([
    ['with more than three times its budget', took('test/a/long.test.ts', 301), steady, true],
    ['not with three times its budget', took('test/a/long.test.ts', 300), steady, false],
    ['with more than three times the default where it has none', took('test/a/new.test.ts', 31), steady, true],
    ['not where the machine was that much slower', took('test/a/new.test.ts', 31), [{ at: 10, seconds: 0.6 }], false],
    ['also on a machine that is slower', took('test/a/new.test.ts', 61), [{ at: 10, seconds: 1 }], true],
  ])('%s', (_what, time, samples, tooSlow) => {
    expect(excesses([time], samples, budget).map(({ file }) => file)).toEqual(tooSlow ? [time.file] : []);
  });

  test('and what is told of it is enough to see why', () => {
    expect(excesses([took('test/a/new.test.ts', 70)], [{ at: 10, seconds: 1 }], budget)).toEqual([
      { file: 'test/a/new.test.ts', seconds: 70, budget: 10, slowness: 2 },
    ]);
  });
});

describe('budgets that are written from a run', () => {
  const samples = [0.4, 0.6, 0.5001].map((seconds, index) => ({ at: index, seconds }));

  test('are half as much again as what was measured, by name where the default is not enough', () => {
    const times = [took('b', 10.2), took('a', 7), took('short', 6)];
    expect(budgetFrom(times, samples, 10)).toEqual({ reference: 0.5, default: 10, files: { a: 11, b: 16 } });
  });

  test('are those of a machine that was as busy all the time as it was most of it', () => {
    const busy = [...samples, { at: 10, seconds: 1.0002 }];
    expect(budgetFrom([took('a', 40, 5)], busy, 10).files).toEqual({ a: 36 });
  });

  test('let every file of that run pass', () => {
    const times = [took('a', 7), took('b', 50), took('c', 0.1)];
    expect(excesses(times, samples, budgetFrom(times, samples, 10))).toEqual([]);
  });

  test('need a measure', () => {
    expect(() => budgetFrom([], [], 10)).toThrow('run the tests first');
  });
});
