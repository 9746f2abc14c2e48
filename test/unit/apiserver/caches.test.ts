import { describe, expect, test } from 'vitest';

import type { Cache } from '../../../apiserver/api.ts';
import { firstProblem, joinCaches } from '../../../apiserver/caches.ts';
import { secrets } from '../../../kube/builtin.ts';

function cache(hasSynced: boolean, lastContact: number): Cache {
  return { type: secrets, synced: Promise.resolve(), hasSynced, lastContact, run: async () => undefined };
}

describe('the caches of all APIs', () => {
  test('are told apart by their names', () => {
    const [tasks, stages] = [cache(true, 0), cache(true, 0)];
    expect(joinCaches([{ tasks }, { stages }])).toEqual({ tasks, stages });
    expect(() => joinCaches([{ tasks }, { tasks: stages }])).toThrow('two caches have one name (tasks, tasks)');
  });

  test('can be answered from when each was read and is heard of', () => {
    const now = performance.now();
    expect(firstProblem([cache(true, now), cache(true, now)])).toBeUndefined();
    expect(firstProblem([cache(true, now), cache(false, 0)])).toBe('waiting for the first list of secrets');
    expect(firstProblem([cache(true, now - 180_001), cache(true, now)])).toBe(
      'nothing heard from the API server for 180 s',
    );
  });
});
