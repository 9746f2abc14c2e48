import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { configMaps, type ConfigMap } from '../../../kube/builtin.ts';
import { EventRecorder, type Happening } from '../../../kube/events.ts';
import { FakeApi, failure } from './fake-api.ts';
import { keptLog } from './silent.ts';

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-05-01T00:00:00Z') }));
afterEach(() => void vi.useRealTimers());

const happening: Happening = {
  type: 'Warning',
  reason: 'HostUnreachable',
  action: 'Connect',
  note: 'web-1 does not answer',
};

function object(name = 'a', uid = `uid-of-${name}`): ConfigMap {
  return { metadata: { namespace: 'x', name, uid, resourceVersion: '9' } };
}

function recorderOn(api: FakeApi): {
  readonly recorder: EventRecorder;
  readonly lines: readonly Record<string, unknown>[];
} {
  const { log, lines } = keptLog();
  return { recorder: new EventRecorder(api, { controller: 'example.test/widgets', instance: 'pod-1', log }), lines };
}

describe('the event recorder', () => {
  test('writes an event that names the object, what was tried and who says so', async () => {
    const api = new FakeApi();
    const { recorder } = recorderOn(api);
    recorder.record(configMaps, object(), happening);
    await recorder.close();
    expect(api.calls).toMatchObject([
      {
        verb: 'create',
        type: 'events',
        body: {
          metadata: { namespace: 'x', name: expect.stringMatching(/^a\.[0-9a-f]{16}$/) },
          eventTime: '2026-05-01T00:00:00.000000Z',
          reportingController: 'example.test/widgets',
          reportingInstance: 'pod-1',
          ...happening,
          regarding: {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            namespace: 'x',
            name: 'a',
            uid: 'uid-of-a',
            resourceVersion: '9',
          },
        },
      },
    ]);
  });

  test('counts what happens again in the series of the first event, written now and then', async () => {
    const api = new FakeApi();
    const { recorder } = recorderOn(api);
    for (let count = 0; count < 50; count += 1) recorder.record(configMaps, object(), happening);
    await vi.advanceTimersByTimeAsync(10_000);
    for (let count = 0; count < 7; count += 1) recorder.record(configMaps, object(), happening);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(api.made('create')).toHaveLength(1);
    expect(api.made('patch').map(({ body }) => body)).toMatchObject([
      { series: { count: 50, lastObservedTime: '2026-05-01T00:00:00.000000Z' } },
      { series: { count: 57, lastObservedTime: '2026-05-01T00:00:10.000000Z' } },
    ]);
    await recorder.close();
  });

  test('writes the last count when it is closed', async () => {
    const api = new FakeApi();
    const { recorder } = recorderOn(api);
    for (let count = 0; count < 3; count += 1) recorder.record(configMaps, object(), happening);
    await recorder.close();
    expect(api.made('patch')).toMatchObject([{ body: { series: { count: 3 } } }]);
  });

  test('begins a new event when a series was silent for six minutes', async () => {
    const api = new FakeApi();
    const { recorder } = recorderOn(api);
    recorder.record(configMaps, object(), happening);
    await vi.advanceTimersByTimeAsync(380_000);
    recorder.record(configMaps, object(), happening);
    expect(api.made('create')).toHaveLength(2);
    await recorder.close();
  });

  test('cuts off an object that makes too many different events, and no other', async () => {
    const api = new FakeApi();
    const { recorder } = recorderOn(api);
    for (let count = 0; count < 100; count += 1)
      recorder.record(configMaps, object(), { ...happening, note: `attempt ${count}` });
    recorder.record(configMaps, object('b'), happening);
    expect(api.made('create').filter(({ key }) => key.startsWith('x/a.'))).toHaveLength(25);
    expect(api.made('create').filter(({ key }) => key.startsWith('x/b.'))).toHaveLength(1);
    await recorder.close();
  });

  test('holds a bounded number of series, however many objects there are', async () => {
    const api = new FakeApi();
    const { recorder } = recorderOn(api);
    for (let count = 0; count < 2100; count += 1) recorder.record(configMaps, object(`o${count}`), happening);
    expect(api.made('create')).toHaveLength(2000);
    await recorder.close();
  });

  test('takes two objects of one name for two', async () => {
    const api = new FakeApi();
    const { recorder } = recorderOn(api);
    recorder.record(configMaps, object('a', 'first'), happening);
    recorder.record(configMaps, object('a', 'second'), happening);
    expect(new Set(api.made('create').map(({ key }) => key)).size).toBe(2);
    await recorder.close();
  });

  test('keeps within the limits of the API for names and notes', async () => {
    const api = new FakeApi();
    const { recorder } = recorderOn(api);
    recorder.record(configMaps, object(`${'n'.repeat(229)}.${'m'.repeat(23)}`), {
      ...happening,
      note: 'x'.repeat(5000),
    });
    await recorder.close();
    const body = api.made('create')[0]?.body as { readonly metadata: { readonly name: string }; readonly note: string };
    expect(body.metadata.name).toMatch(/^n{229}\.[0-9a-f]{16}$/);
    expect(body.note).toHaveLength(1000);
  });

  test('puts the event of a cluster-scoped object into the namespace default', async () => {
    const api = new FakeApi();
    const { recorder } = recorderOn(api);
    recorder.record(configMaps, { metadata: { name: 'node-1', uid: 'u' } }, happening);
    await recorder.close();
    expect(api.made('create')[0]?.key).toMatch(/^default\/node-1\./);
  });

  test.each([
    [404, 'NotFound', []],
    [403, 'Forbidden', []],
    [500, 'InternalError', ['event not written']],
  ])('never fails its caller: on %i %s it logs %j', async (code, reason, expected) => {
    const api = new FakeApi();
    api.before = async () => Promise.reject(failure(code, reason));
    const { recorder, lines } = recorderOn(api);
    recorder.record(configMaps, object(), happening);
    await recorder.close();
    expect(lines.map((line) => line['msg'])).toEqual(expected);
  });
});
