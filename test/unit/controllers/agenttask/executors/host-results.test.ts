import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../../../controllers/agenttask/executors/events.ts';
import { ResultFold, resultsFromStats } from '../../../../../controllers/agenttask/executors/host-results.ts';

function event(name: string, host: string, data: object = {}): RunEvent {
  return { name, data: { host, task: 'T', ...data } };
}

function fold(events: readonly RunEvent[], running = false) {
  const tallies = new ResultFold(['a']);
  for (const item of events) {
    tallies.add(item);
  }
  return tallies.results(running)[0];
}

function failure(task: string, play: string): RunEvent {
  return event('runner_on_failed', 'a', { task, play_uuid: play, res: { msg: 'no' }, fleetwright: { fatal: true } });
}

const zero = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0 };

describe('resultsFromStats', () => {
  const stats = {
    ok: { fine: 3, changed: 3, failed: 1, rescued: 2, localhost: 9 },
    changed: { changed: 1 },
    failures: { failed: 1 },
    dark: { dark: 1 },
    skipped: { skipped: 2, fine: 1 },
    rescued: { rescued: 1, onlyRescued: 1 },
    ignored: { fine: 1 },
  };
  const names = ['fine', 'changed', 'failed', 'dark', 'skipped', 'rescued', 'onlyRescued', 'untouched', 'constructor'];

  test('gives each host of the task its class, in the order of the task, and no other host', () => {
    const results = resultsFromStats(names, stats);
    expect(results.map(({ name, result }) => [name, result])).toEqual([
      ['fine', 'ok'],
      ['changed', 'changed'],
      ['failed', 'failed'],
      ['dark', 'unreachable'],
      ['skipped', 'skipped'],
      ['rescued', 'ok'],
      ['onlyRescued', 'ok'],
      ['untouched', 'notRun'],
      ['constructor', 'notRun'],
    ]);
    expect(results[0]).toEqual({ name: 'fine', result: 'ok', counts: { ...zero, ok: 3, skipped: 1 } });
    expect(results[2]).toEqual({
      name: 'failed',
      result: 'failed',
      counts: { ...zero, ok: 1, failed: 1 },
    });
    expect(results[5]?.counts.ok).toBe(3);
  });
});

describe('ResultFold', () => {
  test('counts what happened and takes ignored failures for ok', () => {
    const events = [
      event('runner_on_ok', 'a', { res: { changed: true } }),
      event('runner_on_ok', 'a', { res: { changed: false } }),
      event('runner_on_skipped', 'a'),
      event('runner_on_failed', 'a', { ignore_errors: true, res: { msg: 'no' } }),
    ];
    const result = fold(events, true);
    expect(result).toEqual({ name: 'a', result: 'changed', counts: { ...zero, ok: 3, changed: 1, skipped: 1 } });
  });

  test('says of a host that was well when the run ended early that more may have been to come', () => {
    expect(fold([event('runner_on_ok', 'a', { res: {} })], false)).toMatchObject({
      result: 'ok',
      unfinished: true,
      message: expect.stringContaining('ended early'),
    });
  });

  test('keeps the message of a failure and of an unreachable host', () => {
    expect(fold([event('runner_on_failed', 'a', { res: { msg: 'no' } })])).toMatchObject({
      result: 'failed',
      message: 'Task "T": no',
    });
    expect(fold([event('runner_on_unreachable', 'a', { res: { msg: 'gone' } })])).toMatchObject({
      result: 'unreachable',
      message: 'Task "T": gone',
    });
  });

  test('leaves a task in progress open while the run is running and calls it failed afterwards', () => {
    const events = [event('runner_on_ok', 'a', { res: {} }), event('runner_on_start', 'a')];
    expect(fold(events, true)).toEqual({ name: 'a', result: 'ok', counts: { ...zero, ok: 1 } });
    expect(fold(events, false)).toMatchObject({ result: 'failed', message: expect.stringContaining('"T"') });
  });

  test('takes neither a rescued failure nor an ignored loss of the connection for a failure', () => {
    const rescued = event('runner_on_failed', 'a', {
      res: { msg: 'no', changed: true },
      fleetwright: { rescued: true, changed: true },
    });
    const ignored = event('runner_on_unreachable', 'a', { res: { msg: 'away' }, fleetwright: { ignored: true } });
    expect(fold([rescued, ignored], true)).toEqual({ name: 'a', result: 'ok', counts: { ...zero, ok: 2 } });
    expect(fold([rescued, event('runner_on_start', 'a', { task: 'Work' })])).toMatchObject({
      result: 'failed',
      message: 'The run ended during the task "Work"; what it did is not known.',
    });
  });

  test('keeps the failure that took the host out of its play, not later ones of always sections and handlers', () => {
    expect(fold([failure('Deploy', 'p1'), failure('Tidy', 'p1')])?.message).toBe('Task "Deploy": no');
    expect(fold([failure('Forgiven', 'p1'), failure('Deploy', 'p2')])?.message).toBe('Task "Deploy": no');
  });

  test('counts a change also where the result is hidden', () => {
    const hidden = event('runner_on_ok', 'a', { res: { censored: 'hidden' }, fleetwright: { changed: true } });
    expect(fold([hidden], true)).toMatchObject({ result: 'changed', counts: { changed: 1 } });
  });

  test('ignores hosts that are not in the task and has nothing run without events', () => {
    expect(fold([event('runner_on_ok', 'localhost', { res: {} })])).toEqual({
      name: 'a',
      result: 'notRun',
      counts: zero,
    });
  });
});
