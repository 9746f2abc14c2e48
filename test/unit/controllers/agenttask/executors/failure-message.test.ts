import { describe, expect, test } from 'vitest';
import { failureMessage, stepMessage } from '../../../../../controllers/agenttask/executors/failure-message.ts';

const message = (res: object): string => failureMessage({ name: 'runner_on_failed', data: { task: 'T', res } });

describe('failureMessage', () => {
  test.each([
    ['what the module says', { msg: 'no such\nuser' }, 'Task "T": no such user'],
    [
      'exit code and last line of a command',
      { msg: 'non-zero return code', rc: 2, stderr: 'a\nb\n' },
      'Task "T": non-zero return code (exit code 2): b',
    ],
    [
      'what Ansible says twice once',
      { reason: "no file 'x.yml': Unable to retrieve file contents.\nno file 'x.yml'." },
      `Task "T": no file 'x.yml': Unable to retrieve file contents.`,
    ],
    ['a message that is no text', { msg: { why: 1 } }, 'Task "T": {"why":1}'],
    [
      'the first failed item of a loop',
      { msg: 'One or more items failed', results: [{ msg: 'x' }, { failed: true, msg: 'second' }] },
      'Task "T": second',
    ],
    ['that the result was too large', {}, 'Task "T": the result was too large to be kept'],
    [
      'the last words of a command that complains of nothing',
      { msg: 'non-zero return code', rc: 9, stderr: '', stdout: 'a\nno space\n' },
      'Task "T": non-zero return code (exit code 9): no space',
    ],
    [
      'which assertion does not hold, in words of the content',
      { msg: 'too old', assertion: "release is version('2', '>=')", evaluated_to: false },
      `Task "T": too old (assertion: release is version('2', '>='))`,
    ],
    [
      'which assertion does not hold, without words of the content',
      { msg: 'Assertion failed', assertion: false, evaluated_to: false },
      'Task "T": Assertion failed (assertion: false)',
    ],
    ['standard error alone', { module_stderr: 'Traceback\nKeyError: 1\n' }, 'Task "T": KeyError: 1'],
  ])('gives %s', (_name, result, expected) => {
    expect(message(result)).toBe(expected);
  });

  test('keeps a censored result censored, also within a loop', () => {
    expect(message({ censored: 'hidden', msg: 'secret', stderr: 'secret' })).toBe('Task "T": hidden');
    expect(message({ msg: 'All items failed', results: [{ censored: 'hidden', msg: 'secret' }] })).toBe(
      'Task "T": hidden',
    );
  });
});

test('of a long message and a long output the ends are kept: task, exit code and last words', () => {
  const line = message({ msg: 'non-zero return code', rc: 9, stderr: `${'x'.repeat(30_000)} the disk is full` });
  expect(line).toHaveLength(256);
  expect(line).toMatch(/^Task "T": non-zero return code \(exit code 9\): x+…x+ the disk is full$/);
});

test('a failure of a delegated task names the host that it was delegated to', () => {
  const data = { task: 'Drain', host: 'web-1', res: { msg: 'no' }, fleetwright: { delegate: 'balancer' } };
  expect(failureMessage({ name: 'runner_on_failed', data })).toBe('Task "Drain" on balancer: no');
});

const lost = (action: string, msg = 'away'): string =>
  failureMessage({ name: 'runner_on_unreachable', data: { task: 'T', resolved_action: action, res: { msg } } });

test('a command that ssh runs itself may have ended with the code of a lost connection', () => {
  expect(lost('ansible.builtin.raw')).toBe('Task "T": away (or the command itself ended with exit code 255)');
  expect(lost('ansible.builtin.command')).toBe('Task "T": away');
  const refused =
    'Failed to connect to the host via ssh: No ED25519 host key is known for a.\r\nHost key verification failed.';
  expect(lost('ansible.builtin.raw', refused)).toMatch(
    /^Task "T": the host's ED25519 key is not known; [^(]*\([^(]*\)$/,
  );
});

const told = (res: object): string | undefined => stepMessage({ name: 'runner_on_failed', data: { task: 'T', res } });

describe('stepMessage', () => {
  test.each([
    ['what the module says', { msg: 'no such\nuser' }, 'no such user'],
    [
      'exit code and all that a command complains of',
      { msg: 'non-zero return code', rc: 2, stderr: 'a\nb\n', stdout: 'c' },
      'non-zero return code (exit code 2): a b',
    ],
    [
      'what it printed, when it complains of nothing',
      { msg: 'non-zero return code', rc: 2, stderr: ' \n', stdout: 'c\nd' },
      'non-zero return code (exit code 2): c d',
    ],
    ['standard error alone', { stderr: 'oh' }, 'oh'],
    ['nothing twice', { msg: 'the script failed: b', stderr: 'a\nb\n' }, 'the script failed: b'],
    ['what Ansible says in the place of a module', { reason: 'no file x' }, 'no file x'],
    [
      'the first failed item of a loop',
      { msg: 'One or more items failed', results: [{ msg: 'x' }, { failed: true, msg: 'second', rc: 1, stderr: 'e' }] },
      'second (exit code 1): e',
    ],
    ['that the result was too large', {}, 'the result was too large to be kept'],
  ])('gives %s', (_name, result, expected) => {
    expect(told(result)).toBe(expected);
  });

  test('is bounded, and of a long output keeps the end', () => {
    const line = told({ msg: 'm'.repeat(5000), rc: 1, stderr: `${'x'.repeat(100_000)} the end` });
    expect(line?.length).toBeLessThanOrEqual(1024);
    expect(line).toMatch(/^m+….*x the end$/);
    expect(told({ msg: 'm'.repeat(5000) })).toHaveLength(1024);
  });
});
