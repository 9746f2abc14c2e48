import { describe, expect, test } from 'vitest';
import { failureMessage } from '../../../../../controllers/agenttask/executors/failure-message.ts';

const message = (res: object): string => failureMessage({ name: 'runner_on_failed', data: { task: 'T', res } });

describe('failureMessage', () => {
  test.each([
    ['what the module says', { msg: 'no such\nuser' }, 'Task "T": no such user'],
    ['exit code and last line of a command', { msg: 'non-zero return code', rc: 2, stderr: 'a\nb\n' }, 'Task "T": non-zero return code (exit code 2): b'],
    ['a message that is no text', { msg: { why: 1 } }, 'Task "T": {"why":1}'],
    ['the first failed item of a loop', { msg: 'One or more items failed', results: [{ msg: 'x' }, { failed: true, msg: 'second' }] }, 'Task "T": second'],
    ['that the result was too large', {}, 'Task "T": the result was too large to be kept'],
    ['standard error alone', { module_stderr: 'Traceback\nKeyError: 1\n' }, 'Task "T": KeyError: 1'],
  ])('gives %s', (_name, result, expected) => {
    expect(message(result)).toBe(expected);
  });

  test('keeps a censored result censored, also within a loop', () => {
    expect(message({ censored: 'hidden', msg: 'secret', stderr: 'secret' })).toBe('Task "T": hidden');
    expect(message({ msg: 'All items failed', results: [{ censored: 'hidden', msg: 'secret' }] })).toBe('Task "T": hidden');
  });
});
