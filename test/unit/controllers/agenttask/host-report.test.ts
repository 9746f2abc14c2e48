import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { hostReports } from '../../../../controllers/agenttask/host-report.ts';
import { hostResults } from '../../../../crds/host-results.ts';
import type { AgentTaskHost, AgentTaskHostResult, AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import { shown } from '../../../harness/agenttask/observed.ts';

const counts = { ok: 1, changed: 1, failed: 0, skipped: 0, unreachable: 0 };
const long = `Task "Install": ${'x'.repeat(300)} the disk is full`;

function hostsWith(total: number, result: (index: number) => Partial<AgentTaskHost>): readonly AgentTaskHost[] {
  return Array.from({ length: total }, (_, index) => ({ name: `h${index}`, result: 'ok', counts, ...result(index) }));
}

/** What is read again of hosts that a task has told of. */
function readBack(hosts: readonly AgentTaskHost[], status: AgentTaskStatus): readonly AgentTaskHost[] {
  return hostResults(shown({ hosts: hosts.map(({ name }) => name) }, { phase: 'Failed', ...status }));
}

describe('hosts in a status', () => {
  test('200 of them are each told of by themselves, with counts and whole messages', () => {
    const hosts = hostsWith(200, (index) => (index < 100 ? { result: 'failed', message: 'no luck' } : {}));
    expect(hostReports([hosts], 200)).toEqual([{ hosts }]);
  });

  test('of more only those are named that ended otherwise than most, or have something to say', () => {
    const hosts = hostsWith(201, (index) =>
      index === 7 ? { result: 'failed', message: 'no luck' } : index === 9 ? { result: 'changed' } : {},
    );
    const [report] = hostReports([hosts], 201);
    expect(report).toEqual({
      hosts: [
        { name: 'h7', result: 'failed', message: 'no luck' },
        { name: 'h9', result: 'changed' },
      ],
      otherHosts: 'ok',
    });
  });

  test('one whose connection went after a step is named with what was done there, so that it can be undone', () => {
    const cut = { result: 'unreachable', counts: { ...counts, unreachable: 1 } } as const;
    const never = { ...counts, ok: 0, changed: 0, unreachable: 1 };
    const hosts = hostsWith(300, (index) => (index === 7 ? cut : { result: 'unreachable', counts: never }));
    expect(hostReports([hosts], 300)[0]).toEqual({ hosts: [{ name: 'h7', ...cut }], otherHosts: 'unreachable' });
  });

  test('batches are told of apart, however few hosts each has', () => {
    const [first, second] = [hostsWith(2, () => ({ result: 'changed' })), hostsWith(1, () => ({}))];
    expect(hostReports([first, second, []], 1000)).toEqual([
      { hosts: [], otherHosts: 'changed' },
      { hosts: [], otherHosts: 'ok' },
      { hosts: [] },
    ]);
  });

  test('messages are shortened evenly when there are many, and both ends of each are kept', () => {
    const hosts = hostsWith(1000, (index) => (index % 5 === 0 ? { result: 'failed', message: long } : {}));
    const messages = hostReports([hosts], 1000)[0]?.hosts.map(({ message }) => message) ?? [];
    expect(messages).toHaveLength(200);
    expect(new Set(messages).size).toBe(1);
    expect(messages[0]).toMatch(/^Task "Install": x+…x+ the disk is full$/);
    expect(Buffer.byteLength(messages.join(''))).toBeLessThanOrEqual(16_000);
  });

  test('the last hosts have none where they would be too short to say anything', () => {
    const hosts = hostsWith(1000, () => ({ result: 'failed', message: long }));
    const [report] = hostReports([hosts], 1000);
    expect(report?.otherHosts).toBe('failed');
    expect(report?.hosts.length).toBeGreaterThan(390);
    expect(report?.hosts.length).toBeLessThan(440);
    expect(report?.hosts.every(({ message = '' }) => message.length >= 30)).toBe(true);
  });

  const results: readonly AgentTaskHostResult[] = ['ok', 'changed', 'failed', 'unreachable', 'skipped', 'notRun'];
  const host = fc.record({
    result: fc.constantFrom(...results),
    message: fc.option(fc.string({ unit: 'grapheme', maxLength: 256 }), { nil: undefined }),
  });

  test('what became of each is read again as it was, and telling it once more tells the same', () => {
    const some = fc.array(host, { minLength: 201, maxLength: 260 });
    fc.assert(
      fc.property(some, (drawn) => {
        const hosts = drawn.map(({ result, message }, index): AgentTaskHost => ({
          name: `h${index}`,
          result,
          ...(message === undefined ? {} : { message }),
        }));
        const [report = {}] = hostReports([hosts], hosts.length);
        const read = readBack(hosts, report);
        expect(read.map(({ name, result }) => [name, result])).toEqual(hosts.map(({ name, result }) => [name, result]));
        expect(hostReports([read], read.length)).toEqual([report]);
      }),
      { numRuns: 30 },
    );
  });
});

describe('hosts of a task as its status tells of them', () => {
  test('a task that makes one for each host, and has not ended, tells of those whose own has', () => {
    const task = shown(
      { hosts: ['a', 'b', 'c', 'd'], splitBy: 'Host' },
      {
        phase: 'Running',
        hosts: [{ name: 'b', result: 'failed' }],
        otherHosts: 'ok',
        children: [
          { name: 'x-1', host: 'a', phase: 'Succeeded' },
          { name: 'x-2', host: 'b', phase: 'Failed' },
          { name: 'x-3', host: 'c', phase: 'Running' },
        ],
      },
    );
    const [a, b] = [
      { name: 'a', result: 'ok' },
      { name: 'b', result: 'failed' },
    ];
    expect(hostResults(task)).toEqual([a, b]);
    const over = { ...task, status: { ...task.status, phase: 'Stopped' as const } };
    expect(hostResults(over)).toEqual([a, b, { name: 'c', result: 'ok' }, { name: 'd', result: 'ok' }]);
  });

  test('of a task on a group each batch tells of its own, and one that has not ended of none', () => {
    const task = shown(
      { groupRef: { name: 'web' } },
      {
        hosts: [{ name: 'b', result: 'failed' }],
        batches: [
          { number: 1, hosts: ['a', 'b'], phase: 'PartlySucceeded', otherHosts: 'changed' },
          { number: 2, hosts: ['c'], phase: 'Running' },
        ],
      },
    );
    expect(hostResults(task)).toEqual([
      { name: 'a', result: 'changed' },
      { name: 'b', result: 'failed' },
    ]);
  });
});
