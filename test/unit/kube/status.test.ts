import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { mergePatchBetween } from '../../../kube/status.ts';
import { amount } from '../../harness/matrix.ts';

/** RFC 7386, section 2. */
function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result = new Map<string, unknown>(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, applyMergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Names that objects have by themselves are names that people may choose too. Left out of maps are null, which a merge
// patch cannot set, and names that JSON escapes: after one of `\` JSON.parse may read another as `\` too
// (https://github.com/nodejs/node/issues/63785).
const key = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'constructor', 'toString', 'hasOwnProperty', '__proto__'),
  fc.string({ maxLength: 3 }).filter((name) => !/["\\]/v.test(name)),
);
const { document } = fc.letrec<{ value: unknown; document: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer({ min: 0, max: 3 }),
    fc.constantFrom('', 'x'),
    fc.boolean(),
    fc.array(fc.oneof(fc.constant(null), tie('value')), { maxLength: 2 }),
    tie('document'),
  ),
  document: fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
}));

/** What reaches the server. */
function sent(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

describe('the merge patch between two documents', () => {
  test('turns the first into the second', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        const patch = sent(mergePatchBetween(before, after));
        expect(patch === undefined ? before : applyMergePatch(before, patch)).toEqual(after);
      }),
      { numRuns: amount(200, 1000) },
    );
  });

  test('is nothing exactly when they are equal', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        expect(mergePatchBetween(before, structuredClone(before))).toBe(undefined);
        expect(mergePatchBetween(before, after) === undefined).toBe(
          JSON.stringify(sorted(before)) === JSON.stringify(sorted(after)),
        );
      }),
    );
  });

  test('holds only what differs', () => {
    const before = { phase: 'Running', hosts: [{ name: 'a' }], progress: { done: 1, of: 3 }, old: true };
    const after = { phase: 'Running', hosts: [{ name: 'a' }, { name: 'b' }], progress: { done: 2, of: 3 } };
    expect(sent(mergePatchBetween(before, after))).toEqual({
      hosts: [{ name: 'a' }, { name: 'b' }],
      progress: { done: 2 },
      old: null,
    });
  });

  test('removes a field that is undefined, as one that is not there', () => {
    expect(sent(mergePatchBetween({ message: 'x' }, { message: undefined }))).toEqual({ message: null });
    expect(mergePatchBetween({}, { message: undefined })).toBe(undefined);
  });

  test('removes an entry whose name is that of a method of every object', () => {
    expect(sent(mergePatchBetween({ hosts: { toString: 'ok', constructor: 'ok' } }, { hosts: {} }))).toEqual({
      hosts: { toString: null, constructor: null },
    });
  });
});

/** The same text for equal documents and for no others: what stands for an object is no list, not even when empty. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, child]) => [name, sorted(child)]);
  return { entries };
}
