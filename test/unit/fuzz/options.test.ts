import { describe, expect, test } from 'vitest';

import { configText, tokenVariable } from '../../fuzz/config.ts';
import { parseOptions } from '../../fuzz/options.ts';

describe('the options of make fuzz', () => {
  test('are all of both modes by default, for two minutes each', () => {
    expect(parseOptions([])).toEqual({
      modes: ['documented', 'original'],
      seconds: 120,
      examples: 100,
      seed: undefined,
      help: false,
    });
  });

  test('are read as given', () => {
    expect(
      parseOptions([
        '--mode',
        'original',
        '--seconds',
        '10',
        '--examples',
        '5',
        '--seed',
        '257694968066086319277864534300328909723',
      ]),
    ).toEqual({
      modes: ['original'],
      seconds: 10,
      examples: 5,
      seed: '257694968066086319277864534300328909723',
      help: false,
    });
  });

  test.each([
    [['--mode', 'new'], '--mode new: give documented or original'],
    [['--seconds', '5'], '--seconds 5: give a whole number from 10 to 3600'],
    [['--examples', '1.5'], '--examples 1.5: give a whole number from 1 to 10000'],
    [['--seed', '-1'], '--seed'],
    [['--fast'], '--fast'],
    [['quickly'], 'quickly'],
  ])('are refused with what to give instead: %s', (args, message) => {
    expect(() => parseOptions(args)).toThrow(
      expect.objectContaining({ code: 'BAD_USAGE', message: expect.stringContaining(message) }),
    );
    expect(() => parseOptions(args)).toThrow('node test/fuzz/main.ts --help');
  });
});

function allowed(mode: 'documented' | 'original'): string | undefined {
  return configText(mode)
    .split('\n')
    .find((line) => line.startsWith('not_a_server_error'));
}

test('the settings allow a server error only where the original itself answered so, and hold no token', () => {
  expect(allowed('documented')).toBe('not_a_server_error = { expected-statuses = ["2xx","3xx","4xx"] }');
  expect(allowed('original')).toBe('not_a_server_error = { expected-statuses = ["2xx","3xx","4xx","500"] }');
  expect(configText('documented').includes(`bearer = "\${${tokenVariable}}"`)).toBe(true);
});
