import { describe, expect, test } from 'vitest';

import { ParamError } from '../../../../apiserver/dispatch/errors.ts';
import { checkJson } from '../../../../apiserver/dispatch/check-json.ts';

function nested(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 1; level < levels; level += 1) value = [value];
  return value;
}

describe('a JSON value', () => {
  test('may be nested 64 levels deep and no deeper', () => {
    expect(() => checkJson('params', nested(64))).not.toThrow();
    expect(() => checkJson('params', nested(65))).toThrow(
      new ParamError('params: nested deeper than 64 levels: flatten it'),
    );
    expect(() => checkJson('params', nested(1_000_000))).toThrow(ParamError);
  });

  test.each(['9007199254740991', '-5', '0.1', '1.5e10', '"12345678901234567890"'])('may hold %s', (text) => {
    expect(() => checkJson('params', [JSON.parse(text)])).not.toThrow();
  });

  test.each(['9007199254740993', '12345678901234567890', '1e400', '-1e400'])(
    'must not hold %s, which would be changed on the way',
    (text) => {
      expect(() => checkJson('params', { a: [JSON.parse(text)] })).toThrow('params: holds a whole number');
    },
  );
});
