import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../../../controllers/agenttask/executors/events.ts';
import { StepFold } from '../../../../../controllers/agenttask/executors/steps.ts';

function event(name: string, second: number, data: Readonly<Record<string, unknown>> = {}): RunEvent {
  const created = `2026-03-01T12:00:0${second}.900000+02:00`;
  return {
    name: `runner_on_${name}`,
    created,
    data: {
      host: 'web-1',
      task: 'work',
      task_uuid: 'u1',
      task_action: 'command',
      resolved_action: 'ansible.builtin.command',
      ...data,
    },
  };
}

function fold(events: readonly RunEvent[], limit?: number): ReturnType<StepFold['steps']> {
  const steps = new StepFold(limit);
  for (const each of events) steps.add(each);
  return steps.steps();
}

const tooLarge = 'the result was too large to be kept';

const begun = {
  host: 'web-1',
  name: 'work',
  action: 'ansible.builtin.command',
  start: '2026-03-01T10:00:01Z',
  end: '',
  result: 'running',
};

describe('StepFold', () => {
  test('tells a task that began and did not end, in whole seconds of UTC', () => {
    expect(fold([event('start', 1)])).toEqual([begun]);
  });

  test.each([
    ['ok', { res: { changed: false } }, { result: 'ok' }],
    ['ok', { res: { changed: true } }, { result: 'changed' }],
    ['skipped', {}, { result: 'skipped' }],
    ['failed', { res: { msg: 'no' } }, { result: 'failed', message: 'no' }],
    ['failed', { res: { msg: 'no' }, ignore_errors: true }, { result: 'failed', ignored: true, message: 'no' }],
    ['unreachable', { res: { msg: 'away' } }, { result: 'unreachable', message: 'away' }],
    ['unreachable', { fleetwright: { ignored: true } }, { result: 'unreachable', ignored: true, message: tooLarge }],
    ['ok', { res: { censored: 'x' }, fleetwright: { changed: true } }, { result: 'changed' }],
    ['async_failed', { res: { msg: 'later' } }, { result: 'asyncFailed', message: 'later' }],
  ])('ends it by runner_on_%s %j', (name, data, expected) => {
    const end = '2026-03-01T10:00:03Z';
    expect(fold([event('start', 1), event(name, 3, data)])).toEqual([{ ...begun, end, ...expected }]);
  });

  test('takes the time and the name that the end of the task gives', () => {
    const [step] = fold([
      event('start', 1, { task: 'greet {{ who }}' }),
      event('ok', 3, { task: 'greet all', start: '2026-03-01T10:00:07.1+00:00', end: '2026-03-01T10:00:09.9+00:00' }),
    ]);
    expect(step).toMatchObject({ name: 'greet all', start: '2026-03-01T10:00:01Z', end: '2026-03-01T10:00:09Z' });
  });

  test('keeps the order of the starts, whatever ends first', () => {
    const steps = fold([
      event('start', 1),
      event('start', 2, { host: 'web-2' }),
      event('ok', 3, { host: 'web-2' }),
      event('ok', 4),
    ]);
    expect(steps.map(({ host, end }) => [host, end])).toEqual([
      ['web-1', '2026-03-01T10:00:04Z'],
      ['web-2', '2026-03-01T10:00:03Z'],
    ]);
  });

  test('begins a new step when the same task begins again', () => {
    expect(
      fold([event('start', 1), event('ok', 2), event('start', 3), event('failed', 4, { res: { msg: 'x' } })]).map(
        ({ result }) => result,
      ),
    ).toEqual(['ok', 'failed']);
  });

  test('tells a failure in the background once, with what the second event knows of it', () => {
    const steps = fold([
      event('start', 1),
      event('async_failed', 2, { res: {} }),
      event('failed', 3, { res: { msg: 'gone', rc: 2 } }),
    ]);
    expect(steps).toMatchObject([
      { result: 'asyncFailed', message: 'gone (exit code 2)', end: '2026-03-01T10:00:03Z' },
    ]);
  });

  test('tells an end whose beginning is missing', () => {
    expect(fold([event('ok', 3, { start: '2026-03-01T10:00:02+00:00' })])).toMatchObject([
      { start: '2026-03-01T10:00:02Z', end: '2026-03-01T10:00:03Z', result: 'ok' },
    ]);
  });

  test('takes no notice of items, attempts and events of the whole run', () => {
    const others = [
      'runner_item_on_failed',
      'runner_retry',
      'runner_on_async_poll',
      'playbook_on_stats',
      'verbose',
    ].map((name) => ({ ...event('ok', 2), name }));
    expect(fold([event('start', 1), ...others])).toEqual([begun]);
  });

  test('keeps the first steps of too many, with their own ends', () => {
    const steps = fold(
      [
        event('start', 1),
        event('ok', 2),
        event('start', 3, { task_uuid: 'u2' }),
        event('ok', 4, { task_uuid: 'u2' }),
        event('start', 5),
        event('failed', 6),
      ],
      2,
    );
    expect(steps.map(({ result, end }) => [result, end])).toEqual([
      ['ok', '2026-03-01T10:00:02Z'],
      ['ok', '2026-03-01T10:00:04Z'],
    ]);
  });

  test('says nothing where no_log hides', () => {
    const hidden = { res: { censored: 'the output has been hidden' } };
    expect(fold([event('start', 1), event('failed', 2, hidden)])[0]).not.toHaveProperty('message');
    expect(
      fold([
        event('start', 1),
        event('failed', 2, {
          res: { results: [{ failed: false }, { censored: 'x' }], msg: 'One or more items failed' },
        }),
      ])[0],
    ).not.toHaveProperty('message');
  });

  test('puts names that could forge a log on one line', () => {
    expect(fold([event('start', 1, { task: 'a\nhost = web-9, reuslt = ok\u202E', host: 'web-1\r' })])).toMatchObject([
      { name: 'a host = web-9, reuslt = ok', host: 'web-1' },
    ]);
  });
});
