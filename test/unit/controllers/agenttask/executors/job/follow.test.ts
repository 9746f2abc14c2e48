import { describe, expect, test, vi } from 'vitest';
import { RunLog } from '../../../../../../controllers/agenttask/executors/job/follow.ts';
import { factsOf, type PodFacts } from '../../../../../../controllers/agenttask/executors/job/facts.ts';
import type { PodLogOptions, PodLogs } from '../../../../../../kube/podlogs.ts';
import type { ObjectKey } from '../../../../../../kube/objects.ts';
import type { PodStatus } from '../../../../../../kube/workloads.ts';
import { at, ended, pod, running, waiting } from './pictures.ts';

function line(step: number, start: number, end?: number): string {
  const begun = { host: 'a', name: `T${step}`, action: 'ping', start: at(start) };
  const is = end === undefined ? { ...begun, end: '', result: 'running' } : { ...begun, end: at(end), result: 'ok' };
  return `${JSON.stringify({ step, is })}\n`;
}

function facts(status: PodStatus, index = 0): PodFacts {
  return factsOf(pod(status, { index }), { now: new Date(at(120)), timeoutSeconds: 600, endExpected: false });
}

interface Stream extends PodLogOptions {
  readonly pod: string;
  send(text: string): void;
  end(): void;
  break(): void;
}

/** Logs whose streams the test holds in its hands. */
class HeldLogs implements PodLogs {
  readonly streams: Stream[] = [];

  async read({ name }: ObjectKey, options: PodLogOptions, onChunk: (chunk: Buffer) => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    options.signal.addEventListener('abort', () => reject(new Error('aborted')));
    this.streams.push({
      ...options,
      pod: name,
      send: (text) => onChunk(Buffer.from(text)),
      end: resolve,
      break: () => reject(new Error('cut')),
    });
    return promise;
  }
}

function setUp(maxBytes = 1_000_000) {
  const podLogs = new HeldLogs();
  const onChange = vi.fn<() => void>();
  const log = new RunLog({ podLogs, maxBytes, onChange });
  const names = (): string[] => log.steps().map(({ name, result }) => `${name} ${result}`);
  return { podLogs, onChange, log, names };
}

/** What follows on the end of a stream happens after it. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('RunLog', () => {
  test('follows pods at work, once each, and not those that have not begun', () => {
    const { podLogs, log, onChange, names } = setUp();
    log.follow([facts(running()), facts(waiting('ContainerCreating'), 1)]);
    log.follow([facts(running()), facts(waiting('ContainerCreating'), 1)]);
    expect(podLogs.streams.map(({ pod: name, follow, container }) => [name, follow, container])).toEqual([
      ['run-1-0-x', true, 'runner'],
    ]);
    podLogs.streams[0]?.send(`TASK [T0]\n${line(0, 5)}`);
    podLogs.streams[0]?.send(line(0, 5, 6) + line(1, 6));
    expect(names()).toEqual(['T0 ok', 'T1 running']);
    expect(onChange).toHaveBeenCalledTimes(3);
    expect(log.bytes).toBe(Buffer.byteLength(`TASK [T0]\n${line(0, 5)}${line(0, 5, 6)}${line(1, 6)}`));
  });

  test('orders the steps of several pods by their start', () => {
    const { podLogs, log, names } = setUp();
    log.follow([facts(running(), 1), facts(running(), 0)]);
    podLogs.streams[0]?.send(line(0, 7, 8) + line(1, 9));
    podLogs.streams[1]?.send(line(0, 5, 6) + line(5, 7, 8));
    expect(names()).toEqual(['T0 ok', 'T5 ok', 'T0 ok', 'T1 running']);
  });

  test('reads a broken log again from its beginning, after a while, and nothing twice', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const { podLogs, log, onChange, names } = setUp();
      log.follow([facts(running())]);
      const first = line(0, 5) + line(0, 5, 6);
      podLogs.streams[0]?.send(first);
      podLogs.streams[0]?.break();
      await turn();
      log.follow([facts(running())]);
      expect(podLogs.streams).toHaveLength(1);
      vi.advanceTimersByTime(2000);
      log.follow([facts(running())]);
      expect(podLogs.streams).toHaveLength(2);
      podLogs.streams[1]?.send(first);
      expect([names(), log.bytes, onChange.mock.calls.length]).toEqual([['T0 ok'], first.length, 2]);
      podLogs.streams[1]?.send(line(1, 6));
      expect(names()).toEqual(['T0 ok', 'T1 running']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('at the end reads what it has not read, and only that', async () => {
    const { podLogs, log, names } = setUp();
    const [read, unread] = [facts(ended(0)), facts(ended(0), 1)];
    log.follow([facts(running())]);
    const completing = log.complete([read, unread]);
    await turn();
    podLogs.streams[0]?.send(line(0, 5, 6));
    podLogs.streams[0]?.end();
    await turn();
    expect(podLogs.streams.map(({ pod: name, follow }) => [name, follow])).toEqual([
      ['run-1-0-x', true],
      ['run-1-1-x', false],
      // It may have been the connection that ended.
      ['run-1-0-x', false],
    ]);
    podLogs.streams[1]?.send(line(0, 4, 5));
    for (const stream of podLogs.streams) stream.end();
    await completing;
    await log.complete([read, unread]);
    expect(podLogs.streams).toHaveLength(3);
    expect(names()).toEqual(['T0 ok', 'T0 ok']);
  });

  test('does without a log that cannot be had', async () => {
    const { podLogs, log } = setUp();
    const completing = log.complete([facts(ended(0))]);
    await turn();
    podLogs.streams[0]?.break();
    await completing;
    await log.complete([facts(ended(0))]);
    expect(podLogs.streams).toHaveLength(1);
    expect(log.steps()).toEqual([]);
  });

  test('takes no more steps than a log may have, and no more bytes', async () => {
    const { podLogs, log } = setUp(100);
    log.follow([facts(running()), facts(running(), 1)]);
    expect(podLogs.streams[0]?.limitBytes).toBe(100);
    for (let step = 0; step < 50_000; step += 1) podLogs.streams[0]?.send(line(step, 5));
    podLogs.streams[1]?.send(line(0, 5));
    podLogs.streams[0]?.send(line(0, 5, 6));
    expect(log.steps()).toHaveLength(50_000);
    expect(log.steps()[0]?.result).toBe('ok');
    podLogs.streams[0]?.end();
    await turn();
    await log.complete([facts(ended(0))]);
    expect(podLogs.streams).toHaveLength(2);
  });

  test('closed, it ends its streams', async () => {
    const { podLogs, log } = setUp();
    log.follow([facts(running())]);
    log.close();
    expect(podLogs.streams[0]?.signal.aborted).toBe(true);
  });
});
