import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import { Manager } from '../../../kube/manager.ts';
import { FakeApi, failure } from './fake-api.ts';
import { keptLog } from './silent.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function started(optional: boolean): Promise<{
  readonly api: FakeApi;
  readonly begun: () => boolean;
  readonly lines: readonly Record<string, unknown>[];
  readonly size: () => number;
  readonly stop: () => Promise<void>;
}> {
  const api = new FakeApi();
  api.before = async ({ verb }) => (verb === 'list' ? Promise.reject(failure(403, 'Forbidden')) : undefined);
  const { log, lines } = keptLog();
  const manager = new Manager({ client: api, log });
  const cache = manager.cache(configMaps, { optional });
  let begun = false;
  manager.whileLeading(async () => {
    begun = true;
  });
  const stopping = new AbortController();
  const running = manager.run(stopping.signal);
  await vi.advanceTimersByTimeAsync(0);
  return {
    api,
    begun: () => begun,
    lines,
    size: () => cache.store.size,
    stop: async () => {
      stopping.abort();
      await vi.advanceTimersByTimeAsync(3000);
      await running;
    },
  };
}

describe('a cache of a kind that may not be listed', () => {
  test('holds up nobody when it is optional, says so once, and is filled when the right is given', async () => {
    const { api, begun, lines, size, stop } = await started(true);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(begun()).toBe(true);
    expect(lines.map(({ resource, msg }) => [resource, msg])).toEqual([
      ['configmaps', 'not allowed to watch: going on without'],
    ]);
    await api.create(configMaps, { metadata: { namespace: 'x', name: 'a' } });
    api.before = async () => undefined;
    await vi.advanceTimersByTimeAsync(300_000);
    expect(size()).toBe(1);
    await stop();
  });

  test('is waited for when it is not', async () => {
    const { begun, stop } = await started(false);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(begun()).toBe(false);
    await stop();
  });
});
