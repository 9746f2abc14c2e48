import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Slots } from '../../../../../controllers/agenttask/run/slots.ts';

describe('Slots', () => {
  test('a newcomer goes behind those who wait, even when a slot is free', () => {
    const slots = new Slots(1);
    expect(slots.take('a')).toBe(true);
    expect(slots.take('b')).toBe(false);
    expect(slots.leave('a')).toEqual(['b']);
    expect(slots.open('c')).toBe(false);
    expect(slots.take('c')).toBe(false);
    expect(slots.take('b')).toBe(true);
  });

  test('who gives up a place in the queue lets the next one try', () => {
    const slots = new Slots(1);
    slots.occupy('run');
    slots.take('a');
    slots.take('b');
    expect(slots.leave('run')).toEqual(['a']);
    expect(slots.leave('a')).toEqual(['b']);
  });

  test('who has a slot may take it again, and who has none gives nothing back', () => {
    const slots = new Slots(1);
    expect([slots.take('a'), slots.take('a'), slots.taken]).toEqual([true, true, 1]);
    expect(slots.leave('stranger')).toEqual([]);
  });

  test('runs that were found after a restart count, also above the limit', () => {
    const slots = new Slots(1);
    slots.occupy('a');
    slots.occupy('b');
    expect(slots.take('c')).toBe(false);
    expect(slots.leave('a')).toEqual([]);
    expect(slots.leave('b')).toEqual(['c']);
  });

  test('whatever keys come and go, the limit holds, who asks first gets first, nobody waits for a free slot', () => {
    const keys = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const deeds = fc.array(fc.record({ key: keys, leaves: fc.boolean() }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), deeds, (limit, list) => {
        const slots = new Slots(limit);
        const waiting: string[] = [];
        const holding = new Set<string>();
        const take = (key: string): void => {
          const first =
            waiting.slice(0, limit - holding.size).includes(key) ||
            (!waiting.includes(key) && waiting.length < limit - holding.size);
          const got = slots.take(key);
          expect(got).toBe(holding.has(key) || first);
          if (got) {
            holding.add(key);
            if (waiting.includes(key)) waiting.splice(waiting.indexOf(key), 1);
          } else if (!waiting.includes(key)) waiting.push(key);
        };
        for (const { key, leaves } of list) {
          if (!leaves) take(key);
          else {
            holding.delete(key);
            if (waiting.includes(key)) waiting.splice(waiting.indexOf(key), 1);
            for (const next of slots.leave(key)) take(next);
          }
          expect(slots.taken).toBe(holding.size);
          expect(slots.taken).toBeLessThanOrEqual(limit);
          expect(waiting.length === 0 || slots.taken === limit).toBe(true);
        }
      }),
    );
  });
});
