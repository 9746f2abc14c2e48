import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineReader, parseStepLine } from '../../../../../../controllers/agenttask/executors/job/step-lines.ts';

const is = { host: 'a', name: 'T', action: 'ping', start: '2026-01-01T00:00:00Z', end: '', result: 'running' };
const line = (change: object = {}, step: unknown = 3): string => JSON.stringify({ step, is: { ...is, ...change } });

describe('parseStepLine', () => {
  test('takes a step as the pod tells it', () => {
    expect(parseStepLine(line())).toEqual({ step: 3, is });
    const ended = { end: '2026-01-01T00:00:01Z', result: 'failed', ignored: true, message: 'exit code 1' };
    expect(parseStepLine(line(ended))).toEqual({ step: 3, is: { ...is, ...ended } });
  });

  test('makes plain lines of all texts, and leaves out what it does not know', () => {
    const parsed = parseStepLine(line({ message: 'a\u001B[31m\nb\u202E', name: 'x'.repeat(300), other: 1 }));
    expect(parsed?.is.message).toBe('a b');
    expect(parsed?.is.name).toHaveLength(256);
    expect(parsed?.is).not.toHaveProperty('other');
  });

  test.each([
    ['text for people', 'TASK [ping] ****'],
    ['JSON that is none', '{"step": 3, "is": {'],
    ['a list', '[1]'],
    ['another line of JSON', '{"level":30,"msg":"hello"}'],
    ['a step without a number', line({}, 'x')],
    ['a negative number', line({}, -1)],
    ['a broken number', line({}, 1.5)],
    ['a number beyond the limit', line({}, 50_000)],
    ['a step without a host', line({ host: undefined })],
    ['an empty host', line({ host: '' })],
    ['a result that is none', line({ result: 'great' })],
    ['a time that is none', line({ start: 'yesterday' })],
    ['a list for a name', line({ name: ['T'] })],
    ['no step at all', '{"step": 3, "is": null}'],
  ])('takes nothing from %s', (_, text) => {
    expect(parseStepLine(text)).toBe(undefined);
  });

  test('never throws', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((value) => JSON.stringify({ step: 1, is: value })),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(() => parseStepLine(text)).not.toThrow();
      }),
    );
  });
});

function read(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const reader = new LineReader((text) => lines.push(text));
  for (const chunk of chunks) reader.push(chunk);
  return lines;
}

describe('LineReader', () => {
  test('gives whole lines, wherever the chunks end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replaceAll('\n', ' '))),
        fc.integer({ min: 1, max: 7 }),
        (texts, size) => {
          const whole = Buffer.from(texts.map((text) => `${text}\n`).join(''));
          const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
            whole.subarray(index * size, (index + 1) * size),
          );
          expect(read(chunks)).toEqual(texts.map((text) => Buffer.from(text).toString('utf8')));
        },
      ),
    );
  });

  test('leaves out a line that is too long, and the last one while it has no end', () => {
    const long = 'x'.repeat(16_385);
    expect(
      read([Buffer.from(`a\n${long}`), Buffer.from(`${long}\n`), Buffer.from(`b\n${'y'.repeat(16_384)}\nc`)]),
    ).toEqual(['a', 'b', 'y'.repeat(16_384)]);
  });
});
