import { describe, expect, test } from 'vitest';

import { BodyUnreadableError, parseJson } from '../../../../apiserver/http/json.ts';

describe('a body', () => {
  test.each(['', ' ', '{', '{"a":1,}', 'null', 'NaN', "{'a':1}", '\u0000'])(
    'of %j is no JSON that says anything',
    (text) => {
      expect(() => parseJson(Buffer.from(text))).toThrow(BodyUnreadableError);
    },
  );

  test('that is not UTF-8 is not JSON', () => {
    expect(() => parseJson(Buffer.from('{"name":"ü"}', 'latin1'))).toThrow(BodyUnreadableError);
  });

  test('may begin with a byte order mark', () => {
    expect(parseJson(Buffer.from('\uFEFF{"a":1}'))).toEqual({ a: 1 });
  });

  test('of a million levels is read without running out of stack', () => {
    const levels = 1_000_000;
    expect(Array.isArray(parseJson(Buffer.from('['.repeat(levels) + ']'.repeat(levels))))).toBe(true);
  });
});
