import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { RunStep } from '../../../../../crds/runlog.ts';
import { LogOutput } from '../../../../../controllers/agenttask/pod/output.ts';
import { StepPrinter } from '../../../../../controllers/agenttask/pod/steps.ts';

function step(name: string, result: RunStep['result']): RunStep {
  return {
    host: 'web-1',
    name,
    action: 'ping',
    start: '2026-03-01T10:00:00Z',
    end: result === 'running' ? '' : '2026-03-01T10:00:01Z',
    result,
  };
}

/** A printer to a log that has room for so many lines. */
function printer(room: number): { lines: string[]; steps: StepPrinter; more: (count: number) => void } {
  const lines: string[] = [];
  let left = room;
  const steps = new StepPrinter({
    offer(line) {
      left -= 1;
      if (left >= 0) lines.push(line);
      return left >= 0;
    },
  });
  return { lines, steps, more: (count) => (left = count) };
}

describe('LogOutput', () => {
  test('takes no more than there is room for, until somebody reads', async () => {
    const pipe = new PassThrough({ highWaterMark: 8 });
    const output = new LogOutput(pipe);
    expect(output.offer('0123456789')).toBe(true);
    expect(output.offer('refused')).toBe(false);
    // Nobody reads: this ends by its time.
    await output.drained(10);
    expect(output.offer('refused')).toBe(false);
    const read = text(pipe);
    await output.drained(60_000);
    expect(output.offer('taken')).toBe(true);
    await output.drained(60_000);
    pipe.end();
    expect(await read).toBe('0123456789\ntaken\n');
  });

  test('a log that breaks takes everything, writes nothing and holds up nobody', async () => {
    let writes = 0;
    const broken = new Writable({
      highWaterMark: 1,
      write(_chunk, _encoding, done) {
        writes += 1;
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const output = new LogOutput(broken);
    output.say('lost');
    await output.drained(60_000);
    expect(output.offer('lost')).toBe(true);
    output.say('lost');
    await output.drained(60_000);
    expect(writes).toBe(1);
  });
});

describe('StepPrinter', () => {
  test('prints a step when it begins and when it ends, and nothing in between', () => {
    const { lines, steps } = printer(100);
    const running = step('a', 'running');
    expect(steps.print([running])).toBe(true);
    expect(steps.print([running])).toBe(true);
    expect(lines).toEqual([JSON.stringify({ step: 0, is: running })]);
    steps.print([step('a', 'ok'), step('b', 'running')]);
    // Read anew: other objects that say the same.
    steps.print([step('a', 'ok'), step('b', 'running')]);
    expect(lines.slice(1)).toEqual([
      JSON.stringify({ step: 0, is: step('a', 'ok') }),
      JSON.stringify({ step: 1, is: step('b', 'running') }),
    ]);
  });

  test('what the log does not take is printed later, as it is then', () => {
    const { lines, steps, more } = printer(1);
    expect(steps.print([step('a', 'ok'), step('b', 'running'), step('c', 'running')])).toBe(false);
    more(2);
    expect(steps.print([step('a', 'ok'), step('b', 'changed'), step('c', 'running')])).toBe(true);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { step: 0, is: step('a', 'ok') },
      { step: 1, is: step('b', 'changed') },
      { step: 2, is: step('c', 'running') },
    ]);
  });
});
