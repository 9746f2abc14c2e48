import { describe, expect, test } from 'vitest';

import type {
  FinishedRun,
  HostOutcome,
  HostResult,
  RunOutcome,
  RunResults,
} from '../../../../../controllers/agenttask/executors/executor.ts';
import {
  endingOf,
  summarize,
  summaryText,
  untouched,
  type Circumstances,
} from '../../../../../controllers/agenttask/run/outcome.ts';

const calm: Circumstances = { stopRequested: false, outputLimit: undefined, overdue: false };
const counts = { ok: 1, changed: 0, failed: 0, skipped: 0, unreachable: 0 };
const at = new Date('2026-01-01T12:00:00Z');

function ended(outcome: RunOutcome, message?: string): FinishedRun {
  const run = { state: 'finished', outcome, exitCode: 1, startedAt: at, finishedAt: at } as const;
  return message === undefined ? run : { ...run, message };
}

function hosts(...results: readonly HostOutcome[]): readonly HostResult[] {
  return results.map((result, index) => ({ name: `h${index + 1}`, result, counts }));
}

function unfinished(result: HostOutcome): HostResult {
  return { name: 'u', result, counts, unfinished: true };
}

describe('the verdict on a run', () => {
  test.each<readonly [string, FinishedRun, readonly HostResult[], Partial<Circumstances>, string]>([
    [
      'all well',
      ended('successful'),
      hosts('ok', 'changed', 'skipped'),
      {},
      'Succeeded Succeeded: 3 hosts: 1 ok, 1 changed, 1 skipped',
    ],
    [
      'stop came too late',
      ended('successful'),
      hosts('ok'),
      { stopRequested: true },
      'Succeeded Succeeded: 1 host: 1 ok',
    ],
    [
      'too much output was seen too late',
      ended('successful'),
      hosts('ok'),
      { outputLimit: 5 },
      'Succeeded Succeeded: 1 host: 1 ok',
    ],
    [
      'some hosts failed',
      ended('failed'),
      hosts('ok', 'failed'),
      {},
      'PartlySucceeded HostsFailed: 2 hosts: 1 ok, 1 failed; see status.hosts for h2',
    ],
    [
      'a skipped host counts as good',
      ended('failed'),
      hosts('skipped', 'unreachable'),
      {},
      'PartlySucceeded HostsFailed: 2 hosts: 1 unreachable, 1 skipped; see status.hosts for h2',
    ],
    [
      'a host that was not reached yet does not',
      ended('failed'),
      hosts('failed', 'notRun'),
      {},
      'Failed HostsFailed: 2 hosts: 1 failed, 1 not run; see status.hosts for h1',
    ],
    [
      'all hosts failed',
      ended('failed'),
      hosts('failed', 'failed', 'unreachable', 'failed', 'failed'),
      {},
      'Failed HostsFailed: 5 hosts: 4 failed, 1 unreachable; see status.hosts for h1, h2, h3 and 2 more',
    ],
    [
      'the run took too long',
      ended('timeout'),
      hosts('ok'),
      {},
      'Failed TimedOut: the run took longer than timeoutSeconds and was stopped',
    ],
    [
      'the run did not heed its timeout',
      ended('canceled'),
      hosts('ok'),
      { overdue: true },
      'Failed TimedOut: the run took longer than timeoutSeconds and was stopped',
    ],
    [
      'stopped on request',
      ended('canceled'),
      hosts('ok', 'notRun'),
      { stopRequested: true },
      'Stopped Stopped: stopped on request; 2 hosts: 1 ok, 1 not run',
    ],
    [
      'stopped for its output',
      ended('canceled'),
      hosts('ok'),
      { outputLimit: 5, stopRequested: true },
      'Failed OutputTooLarge: the run wrote more than 5 bytes and was stopped; let it print less',
    ],
    [
      'interrupted by somebody else, which is said once',
      ended('canceled', 'The run was stopped before its end.'),
      hosts('ok'),
      {},
      'Failed Canceled: the run was interrupted from outside',
    ],
    [
      'ended by its time limit, which is said once',
      ended('timeout', 'The run was ended because its time limit was reached.'),
      hosts('ok'),
      {},
      'Failed TimedOut: the run took longer than timeoutSeconds and was stopped',
    ],
    [
      'the runner could not work',
      ended('error', 'disk full'),
      [],
      {},
      'Failed RunnerError: ansible-runner could not work: disk full',
    ],
  ])('%s', (_sentence, run, results, circumstances, verdict) => {
    const { phase, reason, message, hosts: told } = endingOf(run, { hosts: results }, { ...calm, ...circumstances });
    expect(`${phase} ${reason}: ${message}`).toBe(verdict);
    expect(told).toEqual(results);
  });

  const idle = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0 };

  test.each<readonly [string, RunOutcome, RunResults, string]>([
    [
      'no play selects any host, which Ansible calls a success',
      'successful',
      { hosts: hosts('notRun', 'notRun'), unmatched: true },
      'Failed NothingRan: no play of the content selects any of the hosts; use "hosts: all"',
    ],
    [
      'a play ended itself before it did anything',
      'successful',
      { hosts: [{ name: 'a', result: 'notRun', counts: idle }] },
      'Succeeded Succeeded: nothing was to be done; 1 host: 1 not run',
    ],
    [
      'a host was never reached, which the content ignores',
      'successful',
      { hosts: hosts('notRun') },
      'Succeeded Succeeded: 1 host: 1 not run',
    ],
    [
      'exit code 0, but a host is counted as failed',
      'successful',
      { hosts: hosts('failed') },
      'Failed HostsFailed: 1 host: 1 failed; see status.hosts for h1',
    ],
    [
      'exit code 0, but a host is counted as unreachable',
      'successful',
      { hosts: hosts('ok', 'unreachable') },
      'PartlySucceeded HostsFailed: 2 hosts: 1 ok, 1 unreachable; see status.hosts for h2',
    ],
    [
      'exit code 0, but the turn of a host never came',
      'successful',
      { hosts: [...hosts('changed'), unfinished('notRun')] },
      'PartlySucceeded Incomplete: 2 hosts: 1 changed, 1 not run; ' +
        'the content did not come to its end everywhere; see status.hosts for u',
    ],
    [
      'nobody failed, but nobody was brought to the end',
      'failed',
      { hosts: [unfinished('notRun')] },
      'Failed Incomplete: 1 host: 1 not run; the content did not come to its end everywhere; see status.hosts for u',
    ],
    [
      'what failed is not among the hosts of the task, which did well',
      'failed',
      { hosts: hosts('changed', 'ok'), elsewhere: 'localhost: Task "Tell": no answer' },
      'PartlySucceeded HostsFailed: 2 hosts: 1 ok, 1 changed; localhost: Task "Tell": no answer',
    ],
    [
      'what failed is not among the hosts of the task, which did not begin',
      'failed',
      { hosts: [unfinished('notRun')], elsewhere: 'localhost: Task "Fetch": no mirror' },
      'Failed HostsFailed: 1 host: 1 not run; localhost: Task "Fetch": no mirror',
    ],
    [
      'Ansible refused the content, and says why',
      'failed',
      { hosts: [{ name: 'a', result: 'notRun', counts: idle }], uncounted: true, message: 'no module nosuch' },
      'Failed ContentFailed: Ansible refused the content: no module nosuch',
    ],
    [
      'Ansible refused the content, and is silent',
      'failed',
      { hosts: [], uncounted: true },
      'Failed ContentFailed: Ansible refused the content',
    ],
    [
      'Ansible refused a later part of the content',
      'failed',
      { hosts: [unfinished('changed')], uncounted: true, message: 'no role x' },
      'Failed ContentFailed: Ansible refused the content: no role x; 1 host: 1 changed',
    ],
    [
      'Ansible refused the content in one of several pods',
      'failed',
      { hosts: [...hosts('changed'), unfinished('ok')], uncounted: true, message: 'no role x' },
      'PartlySucceeded ContentFailed: Ansible refused the content: no role x; 2 hosts: 1 ok, 1 changed',
    ],
    [
      'Ansible counted everybody as well, and fails all the same',
      'failed',
      { hosts: hosts('ok') },
      'PartlySucceeded ContentFailed: Ansible ended with exit code 1, although no host failed',
    ],
  ])('counts: %s', (_sentence, outcome, results, verdict) => {
    const { phase, reason, message } = endingOf(ended(outcome), results, calm);
    expect(`${phase} ${reason}: ${message}`).toBe(verdict);
  });

  test('a lost run has failed, even if it was to be stopped', () => {
    const ending = endingOf(
      { state: 'lost', startedAt: at, message: 'killed' },
      { hosts: hosts('ok') },
      { ...calm, stopRequested: true },
    );
    expect(ending).toMatchObject({
      phase: 'Failed',
      reason: 'RunLost',
      message: 'the run ended without a result, and is not repeated: killed',
    });
  });

  test('what the results say is told where the run itself says nothing', () => {
    expect(endingOf(ended('error'), { hosts: [], message: 'no python' }, calm).message).toBe(
      'ansible-runner could not work: no python',
    );
  });

  test('why a host failed goes to its status', () => {
    const [host] = endingOf(
      ended('failed'),
      { hosts: [{ name: 'a', result: 'failed', counts, message: 'no space left' }] },
      calm,
    ).hosts;
    expect(host).toEqual({ name: 'a', result: 'failed', counts, message: 'no space left' });
  });
});

test('of a long message both ends are kept', () => {
  const long = `Task "T": ${'x'.repeat(400)} the disk is full`;
  const results: RunResults = { hosts: [{ name: 'a', result: 'failed', counts, message: long }] };
  const [host] = endingOf(ended('failed'), results, calm).hosts;
  expect(host?.message).toHaveLength(256);
  expect(host?.message).toMatch(/^Task "T": x+…x+ the disk is full$/);
});

test('the summary counts every host once', () => {
  expect(summarize(hosts('ok', 'ok', 'changed', 'failed', 'unreachable', 'skipped', 'notRun'))).toEqual({
    total: 7,
    ok: 2,
    changed: 1,
    failed: 1,
    unreachable: 1,
    skipped: 1,
    notRun: 1,
  });
  expect(summaryText(summarize([]))).toBe('0 hosts');
  expect(summaryText(summarize(untouched(['a'])))).toBe('1 host: 1 not run');
});
