import { describe, expect, test } from 'vitest';
import { buildHint } from '../../cluster/binaries/progress.ts';

describe('how long a build takes', () => {
  test.each([
    ['on two idle cores', 4, { cores: 2, load: 0.2 }, ', about 4 minutes, once'],
    ['on more cores', 4, { cores: 8, load: 0 }, ', about 1 minute, once'],
    ['hardly any time', 0.5, { cores: 4, load: 1 }, ', about half a minute, once'],
    [
      'on a machine that is busy',
      4,
      { cores: 2, load: 3.4 },
      ', about 11 minutes, since this machine is busy (4 minutes when it is idle), once',
    ],
  ])('is told as it is %s', (_, minutes, machine, hint) => {
    expect(buildHint(minutes, machine)).toBe(hint);
  });
});
