import { expect, test } from 'vitest';
import { liveResults } from '../../../../../../controllers/agenttask/executors/job/live.ts';
import type { RunStep } from '../../../../../../crds/runlog.ts';

function step(host: string, result: RunStep['result'], more: Partial<RunStep> = {}): RunStep {
  return {
    host,
    name: 'T',
    action: 'ping',
    start: '2026-01-01T00:00:00Z',
    end: result === 'running' ? '' : '2026-01-01T00:00:01Z',
    result,
    ...more,
  };
}

test('each host of the run has what its steps came to, and no other host has', () => {
  const steps = [
    step('a', 'ok'),
    step('a', 'changed'),
    step('a', 'running'),
    step('b', 'failed', { message: 'exit code 1' }),
    step('c', 'unreachable', { message: 'no route' }),
    step('d', 'failed', { ignored: true }),
    step('e', 'skipped'),
    step('f', 'running'),
    step('g', 'asyncFailed'),
    step('stranger', 'failed'),
  ];
  const results = liveResults(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], steps);
  expect(
    results.map(({ name, result, message }) => [name, result, ...(message === undefined ? [] : [message])].join(' ')),
  ).toEqual([
    'a changed',
    'b failed Task "T": exit code 1',
    'c unreachable Task "T": no route',
    'd ok',
    'e skipped',
    'f notRun',
    'g failed Task "T": it failed',
    'h notRun',
  ]);
  expect(results[0]?.counts).toEqual({ ok: 2, changed: 1, failed: 0, skipped: 0, unreachable: 0 });
});
