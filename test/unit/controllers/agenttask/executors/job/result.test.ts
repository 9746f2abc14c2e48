import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  resultLimit,
  type PodHost,
  type PodResult,
} from '../../../../../../controllers/agenttask/executors/job/contract.ts';
import {
  decodePodResult,
  encodePodResult,
  podHostLimit,
} from '../../../../../../controllers/agenttask/executors/job/result.ts';

const plain: PodResult = {
  version: 1,
  outcome: 'failed',
  exitCode: 2,
  startedAt: 1_767_000_000_000,
  finishedAt: 1_767_000_060_000,
  hosts: [
    ['changed', 5, 2, 0, 1, 0],
    ['failed', 1, 0, 1, 0, 0, 'Task "work": because'],
  ],
};

function hosts(count: number, host: PodHost): PodHost[] {
  return Array.from({ length: count }, () => host);
}

function messageLengths(result: PodResult | undefined): Set<number> {
  return new Set(result?.hosts.map(([, , , , , , message]) => message?.length ?? 0));
}

/** Those that need not be called unfinished. */
const bad: ReadonlySet<string> = new Set(['failed', 'unreachable']);

/** Whether the text is refused or, told again, stays as it is. */
function takenAgain(text: string): boolean {
  const result = decodePodResult(text);
  return result === undefined || isDeepStrictEqual(decodePodResult(encodePodResult(result)), result);
}

describe('encodePodResult', () => {
  test('is read back as it was, when there is room for everything', () => {
    const whole: PodResult = {
      ...plain,
      message: 'The run was stopped before its end.',
      cause: { reason: 'OutputTooLarge', message: 'the run wrote too much' },
      elsewhere: 'localhost: Task "Tell": no answer',
      uncounted: true,
      unmatched: true,
      unfinished: [0],
    };
    expect(decodePodResult(encodePodResult(whole))).toEqual(whole);
    expect(decodePodResult(encodePodResult(plain))).toEqual(plain);
    expect(encodePodResult(plain)).toContain(
      '"hosts":[["changed",5,2,0,1,0],["failed",1,0,1,0,0,"Task \\"work\\": because"]]',
    );
  });

  test.each([
    [10, 256],
    [25, 120],
    [40, 60],
    [60, 30],
  ])('%i hosts with long messages: each is cut to %i characters', (count, length) => {
    const text = encodePodResult({ ...plain, hosts: hosts(count, ['failed', 1, 0, 1, 0, 0, 'x'.repeat(256)]) });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(resultLimit);
    expect(messageLengths(decodePodResult(text))).toEqual(new Set([length]));
  });

  test('of a hundred failed hosts the first ones say why, and all are told', () => {
    const text = encodePodResult({ ...plain, hosts: hosts(100, ['failed', 1, 0, 1, 0, 0, 'x'.repeat(256)]) });
    const told = decodePodResult(text);
    expect(told?.hosts).toHaveLength(100);
    expect(told?.hosts[0]?.[6]).toHaveLength(120);
    expect(messageLengths(told)).toEqual(new Set([120, 0]));
    expect(resultLimit - Buffer.byteLength(text)).toBeLessThan(123);
  });

  test('only where there is no other way, large counts are cut', () => {
    const large = decodePodResult(
      encodePodResult({
        ...plain,
        hosts: hosts(100, ['unreachable', 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000]),
      }),
    );
    expect(large?.hosts[99]).toEqual(['unreachable', 999, 999, 999, 999, 999]);
    const usual = decodePodResult(encodePodResult({ ...plain, hosts: hosts(100, ['changed', 5000, 400, 0, 1200, 0]) }));
    expect(usual?.hosts[99]).toEqual(['changed', 5000, 400, 0, 1200, 0]);
  });

  test('whatever the hosts and messages are, it fits and tells every host', () => {
    const message = fc.option(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.constantFrom('漢'.repeat(300), '"\\'.repeat(200), '😀'.repeat(200), '\u001B[31m'.repeat(90)),
      ),
      { nil: undefined },
    );
    const count = fc.oneof(fc.nat(20), fc.nat(Number.MAX_SAFE_INTEGER));
    const host = fc
      .tuple(
        fc.constantFrom('ok', 'changed', 'failed', 'unreachable', 'skipped', 'notRun'),
        count,
        count,
        count,
        count,
        count,
        message,
      )
      .map(([result, ok, changed, failed, skipped, unreachable, why]): PodHost =>
        why === undefined
          ? [result, ok, changed, failed, skipped, unreachable]
          : [result, ok, changed, failed, skipped, unreachable, why],
      );
    fc.assert(
      fc.property(fc.array(host, { maxLength: podHostLimit, size: 'max' }), message, message, (list, about, why) => {
        const text = encodePodResult({
          ...plain,
          ...(about === undefined ? {} : { message: about }),
          ...(why === undefined
            ? {}
            : {
                cause: { reason: `R${'x'.repeat(63)}`, message: why },
                elsewhere: why,
                uncounted: true,
                unmatched: true,
              }),
          unfinished: list.flatMap(([result], place) => (bad.has(result) ? [] : [place])),
          hosts: list,
        });
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(resultLimit);
        expect(text.isWellFormed()).toBe(true);
        const told = decodePodResult(text);
        expect(told?.hosts.map(([result]) => result)).toEqual(list.map(([result]) => result));
        expect(told?.outcome).toBe('failed');
        expect(told?.cause === undefined).toBe(why === undefined);
      }),
      { numRuns: 60 },
    );
  });
});

describe('decodePodResult', () => {
  const forged = (change: object): string => JSON.stringify({ ...plain, ...change });

  test.each([
    ['nothing', ''],
    ['no JSON', 'Killed'],
    ['a list', '[]'],
    ['a text cut short', encodePodResult(plain).slice(0, -1)],
    ['a text cut at its beginning', encodePodResult(plain).slice(1)],
    ['another version', forged({ version: 2 })],
    ['no version', forged({ version: undefined })],
    ['an unknown outcome', forged({ outcome: 'great' })],
    ['a property of objects as outcome', forged({ outcome: 'constructor' })],
    ['an exit code that is none', forged({ exitCode: 1e9 })],
    ['a time as text', forged({ startedAt: '2026-03-01T10:00:00Z' })],
    ['a time beyond all years', forged({ finishedAt: 8.64e15 })],
    ['a time before all times', forged({ startedAt: -1 })],
    ['a message that is a number', forged({ message: 3 })],
    ['a word on others that is a number', forged({ elsewhere: 3 })],
    ['an unfinished host that is not there', forged({ unfinished: [2] })],
    ['unfinished hosts named twice', forged({ unfinished: [0, 0] })],
    ['a cause without a message', forged({ cause: { reason: 'PodEvicted' } })],
    ['a cause whose reason is no reason', forged({ cause: { reason: 'not one', message: '' } })],
    ['a cause that is a text', forged({ cause: 'PodEvicted' })],
    ['no hosts', forged({ hosts: undefined })],
    ['hosts as an object', forged({ hosts: { length: 1 } })],
    ['a host that is no list', forged({ hosts: [{ result: 'ok' }] })],
    ['a host with an unknown result', forged({ hosts: [['fine', 1, 0, 0, 0, 0]] })],
    ['a host with too few counts', forged({ hosts: [['ok', 1, 0, 0, 0]] })],
    ['a host with more than a message', forged({ hosts: [['ok', 1, 0, 0, 0, 0, 'x', 'y']] })],
    ['a negative count', forged({ hosts: [['ok', -1, 0, 0, 0, 0]] })],
    ['a count with a fraction', forged({ hosts: [['ok', 0.5, 0, 0, 0, 0]] })],
    ['a count that no status takes', forged({ hosts: [['ok', 1e7, 0, 0, 0, 0]] })],
    ['a message of a host that is null', forged({ hosts: [['ok', 1, 0, 0, 0, 0, null]] })],
    [
      'more hosts than a pod has',
      forged({ hosts: Array.from({ length: podHostLimit + 1 }, () => ['ok', 1, 0, 0, 0, 0]) }),
    ],
    ['more bytes than kubelet keeps', `${encodePodResult(plain)}${' '.repeat(resultLimit)}`],
  ])('refuses %s', (_what, text) => {
    expect(decodePodResult(text)).toBeUndefined();
  });

  test('makes plain lines of what could forge a terminal or a page, and takes over no unknown field', () => {
    const text = forged({
      message: '\u001B[2Jdone\r\n',
      cause: { reason: 'PodEvicted', message: 'a\u202Eb\nc', extra: 1 },
      hosts: [
        ['failed', 0, 0, 1, 0, 0, `\u0007${'y'.repeat(400)}`],
        ['ok', 1, 0, 0, 0, 0, '\n'],
      ],
      extra: 1,
    });
    expect(decodePodResult(text)).toEqual({
      ...plain,
      message: 'done',
      cause: { reason: 'PodEvicted', message: 'ab c' },
      hosts: [
        ['failed', 0, 0, 1, 0, 0, `${'y'.repeat(255)}…`],
        ['ok', 1, 0, 0, 0, 0],
      ],
    });
  });

  test('never throws, and what it takes it takes again as it was', () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.json({ maxDepth: 3 }),
      fc.object().map((change) => forged(change)),
    );
    expect(takenAgain(encodePodResult(plain))).toBe(true);
    fc.assert(fc.property(texts, takenAgain));
  });
});
