import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  MESSAGE_LIMIT,
  plainEnd,
  plainEnds,
  plainLine,
} from '../../../../../controllers/agenttask/executors/plain-text.ts';

describe('plainLine', () => {
  test('makes one line of several and drops terminal sequences', () => {
    expect(plainLine('\u001B[31mfatal:\u001B[0m\r\n  no\tspace \u001B]0;title\u0007left\n')).toBe(
      'fatal: no space left',
    );
  });

  test('drops characters that change the reading direction or are invisible', () => {
    expect(plainLine('ok\u202Edeliaf\u200B\u0000')).toBe('okdeliaf');
  });

  test('cuts a long text with an ellipsis and never in the middle of a character', () => {
    const line = plainLine('😀'.repeat(400));
    expect(line.length).toBeLessThanOrEqual(MESSAGE_LIMIT);
    expect(line).toMatch(/^😀+…$/u);
  });

  test('keeps a text of exactly the limit', () => {
    expect(plainLine('x'.repeat(MESSAGE_LIMIT))).toBe('x'.repeat(MESSAGE_LIMIT));
    expect(plainLine('x'.repeat(MESSAGE_LIMIT + 1))).toBe(`${'x'.repeat(MESSAGE_LIMIT - 1)}…`);
  });

  test('is bounded, printable and stable for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        const line = plainLine(text);
        expect(line.length).toBeLessThanOrEqual(MESSAGE_LIMIT);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(line.isWellFormed()).toBe(true);
        expect(plainLine(line)).toBe(line);
      }),
    );
  });
});

describe('plainEnd', () => {
  test('keeps the end of what is too long, at a character boundary', () => {
    expect(plainEnd('short\ntext', 20)).toBe('short text');
    expect(plainEnd('0123456789', 4)).toBe('…789');
    expect(plainEnd('😀😀😀', 4)).toBe('…😀');
    expect(plainEnd(`${'x'.repeat(1_000_000)}end`, 6)).toBe('…xxend');
  });
});

describe('plainEnds', () => {
  test('keeps both ends of what is too long, at character boundaries', () => {
    expect(plainEnds('short\ntext', 20)).toBe('short text');
    expect(plainEnds('0123456789', 6)).toBe('0…6789');
    expect(plainEnds(`begin ${'x'.repeat(1_000_000)} end`, 18)).toBe('begin…xxxxxxxx end');
  });

  test('is bounded and plain for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), fc.integer({ min: 12, max: 300 }), (text, limit) => {
        const line = plainEnds(text, limit);
        expect(line.length).toBeLessThanOrEqual(limit);
        expect(line.isWellFormed()).toBe(true);
        expect(plainLine(line, limit)).toBe(line);
      }),
    );
  });
});
