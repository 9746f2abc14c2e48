import { array, assert, constantFrom, property, record, string, uniqueArray } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { findCondition, ready, reconciling, rfc3339, setConditions, stalled, truncate } from '../../../kube/conditions.ts';

const early = new Date('2026-03-01T10:00:00.900Z');
const late = new Date('2026-03-01T11:00:00.100Z');

describe('setConditions', () => {
  test('keeps the transition time while the status stays, whatever reason and message say', () => {
    const before = setConditions(undefined, reconciling('Starting', 'one of three'), 1, early);
    const after = setConditions(before, reconciling('Waiting', 'two of three'), 2, late);
    expect(findCondition(after, 'Ready')).toEqual({
      type: 'Ready',
      status: 'False',
      reason: 'Waiting',
      message: 'two of three',
      lastTransitionTime: '2026-03-01T10:00:00Z',
      observedGeneration: 2,
    });
  });

  test('gives a condition whose status changed the time of now, and only that one', () => {
    const before = setConditions(undefined, reconciling('Starting', ''), 1, early);
    const after = setConditions(before, ready('Done', ''), 1, late);
    expect(after.map(({ type, status, lastTransitionTime }) => [type, status, lastTransitionTime])).toEqual([
      ['Ready', 'True', '2026-03-01T11:00:00Z'],
      ['Reconciling', 'False', '2026-03-01T11:00:00Z'],
      ['Stalled', 'False', '2026-03-01T10:00:00Z'],
    ]);
  });

  test('leaves conditions of other types as they are, after its own', () => {
    const foreign = { type: 'Backed', status: 'Unknown', reason: 'Later', message: 'm', lastTransitionTime: '2020-01-01T00:00:00Z' } as const;
    const after = setConditions([foreign], stalled('Refused', 'the host is unknown'), undefined, late);
    expect(after.map(({ type }) => type)).toEqual(['Ready', 'Reconciling', 'Stalled', 'Backed']);
    expect(after[3]).toBe(foreign);
    expect(after[0]).not.toHaveProperty('observedGeneration');
  });

  test('is idempotent: stating the same again changes nothing, at whatever time', () => {
    const statement = record({ type: string({ minLength: 1, maxLength: 5 }), status: constantFrom('True', 'False', 'Unknown'), reason: string(), message: string({ maxLength: 3000 }) });
    const statements = uniqueArray(statement, { selector: ({ type }) => type, maxLength: 5 });
    assert(
      property(statements, statements, (old, stated) => {
        const first = setConditions(setConditions(undefined, old, 1, early), stated, 2, early);
        expect(setConditions(first, stated, 2, late)).toEqual(first);
        expect(first.every(({ message }) => message.length <= 1024)).toBe(true);
      }),
    );
  });
});

test.each([
  [reconciling('R', 'm'), { Ready: 'False', Reconciling: 'True', Stalled: 'False' }],
  [stalled('R', 'm'), { Ready: 'False', Reconciling: 'False', Stalled: 'True' }],
  [ready('R', 'm'), { Ready: 'True', Reconciling: 'False', Stalled: 'False' }],
])('exactly one of Ready, Reconciling and Stalled is true, as kstatus wants it (%#)', (statements, expected) => {
  expect(Object.fromEntries(statements.map(({ type, status }) => [type, status]))).toEqual(expected);
});

describe('truncate', () => {
  test('leaves short text alone and shows that it cut long text', () => {
    expect(truncate('abc', 3)).toBe('abc');
    expect(truncate('abcd', 3)).toBe('ab…');
  });

  test('never cuts a character in two', () => {
    assert(
      property(array(constantFrom('a', '😀', 'é', '𝄞')), (characters) => {
        for (let max = 1; max < 8; max += 1) {
          const cut = truncate(characters.join(''), max);
          expect(cut.length).toBeLessThanOrEqual(max);
          expect(cut.isWellFormed()).toBe(true);
        }
      }),
    );
  });
});

test('rfc3339 writes whole seconds, cut and not rounded', () => {
  expect(rfc3339(early)).toBe('2026-03-01T10:00:00Z');
});
