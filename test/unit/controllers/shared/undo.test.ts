import { describe, expect, test } from 'vitest';

import { isSet, parseUndo, putBack, undoOf } from '../../../../controllers/shared/undo.ts';

const wanted = { unschedulable: true, taint: 'support' };

describe('an undo', () => {
  test('holds what each field held before, and what it is set to', () => {
    expect(undoOf({ unschedulable: false }, wanted)).toEqual({
      unschedulable: { before: false, set: true },
      taint: { before: null, set: 'support' },
    });
  });

  test('that was recorded before keeps what was there first', () => {
    const first = undoOf({ unschedulable: false }, wanted);
    expect(undoOf({ unschedulable: true, taint: 'support' }, { ...wanted, taint: 'upgrading' }, first)).toEqual({
      unschedulable: { before: false, set: true },
      taint: { before: null, set: 'upgrading' },
    });
  });

  test('comes back from its text; a text that is none is not taken for an empty one', () => {
    const undo = undoOf({}, wanted);
    expect(parseUndo(JSON.stringify(undo))).toEqual(undo);
    const others = ['', '[]', 'null', '"a"', '{"taint":"support"}', '{"taint":{"before":null}}'];
    expect(others.filter((text) => parseUndo(text) !== undefined)).toEqual([]);
  });

  test('is set only while every field is', () => {
    const undo = undoOf({}, wanted);
    expect(isSet(undo, wanted)).toBe(true);
    expect(isSet(undo, { ...wanted, taint: null })).toBe(false);
  });
});

describe('what is put back', () => {
  const undo = undoOf({ unschedulable: false }, wanted);

  test('is what was there before', () => {
    expect(putBack(undo, wanted)).toEqual({ unschedulable: false, taint: null });
  });

  test('is nothing of what somebody else has changed since', () => {
    expect(putBack(undo, { unschedulable: false, taint: 'support' })).toEqual({ taint: null });
    expect(putBack(undo, { unschedulable: true, taint: 'mine' })).toEqual({ unschedulable: false });
  });

  test('is nothing where the same was there before', () => {
    expect(putBack(undoOf({ unschedulable: true }, { unschedulable: true }), { unschedulable: true })).toEqual({});
  });
});
