import { pino } from 'pino';
import { beforeEach, expect, test } from 'vitest';

import { RunLogWriter } from '../../../../../controllers/agenttask/run/log-writer.ts';
import { decodeRunLog, runLogKey, runLogName, type RunStep } from '../../../../../crds/runlog.ts';
import { configMaps } from '../../../../../kube/builtin.ts';
import { apiErrorFrom, TransportError } from '../../../../../kube/errors.ts';
import { EventRecorder, type Happening } from '../../../../../kube/events.ts';
import { ModelApi } from '../../../../harness/world/api.ts';
import { ModelClient } from '../../../../harness/world/client.ts';
import { ManualClock } from '../../../../harness/world/clock.ts';
import { Life } from '../../../../harness/world/life.ts';
import { shown } from '../../../../harness/agenttask/observed.ts';

const step: RunStep = {
  host: 'web-1',
  name: 'greet',
  action: 'ansible.builtin.ping',
  start: '2026-01-01T00:00:00Z',
  end: '2026-01-01T00:00:01Z',
  result: 'ok',
};
const task = shown();
const refused = apiErrorFrom(
  403,
  JSON.stringify({ kind: 'Status', reason: 'Forbidden', message: 'exceeded quota: small' }),
  'POST configmaps',
);
const broken = new TransportError('POST configmaps', new Error('reset'));

/** Keeps what it is told instead of writing it. */
class TestRecorder extends EventRecorder {
  readonly told: string[] = [];

  override record(_type: unknown, _object: unknown, { type, reason, note }: Happening): void {
    this.told.push(`${type} ${reason}: ${note}`);
  }
}

const executor = {
  steps: async (): Promise<readonly RunStep[]> => {
    if (failure !== undefined) throw failure;
    return steps;
  },
};

let clock: ManualClock;
let api: ModelApi;
let events: TestRecorder;
let steps: RunStep[];
/** What the executor fails with when it is asked for the steps. */
let failure: Error | undefined;
let logs: RunLogWriter;

beforeEach(() => {
  clock = new ManualClock();
  api = new ModelApi(clock);
  const client = new ModelClient(
    api,
    new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined }),
  );
  events = new TestRecorder(client, { controller: 'test', instance: 'test', log: pino({ level: 'silent' }) });
  steps = [step];
  failure = undefined;
  logs = new RunLogWriter({ client, events, clock });
});

function written(): readonly RunStep[] {
  const text = api.find(configMaps, { namespace: 'default', name: runLogName('r', 0) })?.binaryData?.[runLogKey];
  return text === undefined ? [] : decodeRunLog(text).steps;
}

const write = (outputBytes: number, last = false): Promise<void> =>
  logs.write(task, executor, { id: 'r', outputBytes, last });

test('a log is behind when the run wrote something since', async () => {
  expect([logs.isBehind('r', 0), logs.isBehind('r', 1)]).toEqual([false, true]);
  await write(100);
  expect(written()).toEqual([step]);
  expect([logs.isBehind('r', 100), logs.isBehind('r', 101)]).toEqual([false, true]);
});

test('what was written is written again only when it has changed', async () => {
  await write(100);
  const before = api.version;
  await write(100);
  expect(api.version).toBe(before);
  steps = [step, { ...step, host: 'web-2' }];
  await write(200);
  expect(written()).toEqual(steps);
});

test('while the run goes on, a failure is left to the next look', async () => {
  failure = broken;
  await write(100);
  expect(logs.isBehind('r', 100)).toBe(true);
  expect(events.told).toEqual([]);
  failure = undefined;
  await write(100);
  expect(written()).toEqual([step]);
});

test('the last log is asked for again until it is written', async () => {
  failure = broken;
  await expect(write(100, true)).rejects.toThrow(broken);
  failure = undefined;
  await write(100, true);
  expect(written()).toEqual([step]);
  expect(events.told).toEqual([]);
});

test('a refusal ends the matter at once, and an event tells what is missing', async () => {
  failure = refused;
  await write(100, true);
  expect(events.told).toEqual([
    'Warning LogMissing: the log of the run could not be written: POST configmaps: exceeded quota: small',
  ]);
});

test('a failure that does not end is given up after a minute, not before, and not after a single one', async () => {
  failure = broken;
  const outcomes: string[] = [];
  for (const seconds of [0, 10, 61, 62, 63]) {
    clock.moveTo(seconds * 1000);
    outcomes.push(
      await write(100, true).then(
        () => 'given up',
        () => 'again',
      ),
    );
  }
  expect(outcomes).toEqual(['again', 'again', 'again', 'again', 'given up']);
  expect(events.told).toHaveLength(1);
});

test('once given up, the log does not hold up the verdict a second time', async () => {
  failure = broken;
  for (const seconds of [0, 10, 20, 30, 61]) {
    clock.moveTo(seconds * 1000);
    await write(100, true).catch(() => undefined);
  }
  await expect(write(100, true)).resolves.toBeUndefined();
});
