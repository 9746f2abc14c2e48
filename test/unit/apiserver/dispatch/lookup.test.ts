import { describe, expect, test } from 'vitest';

import { TaskNotFoundError } from '../../../../apiserver/dispatch/errors.ts';
import { TaskLookup } from '../../../../apiserver/dispatch/lookup.ts';
import { objectNameOf } from '../../../../apiserver/dispatch/names.ts';
import type { AgentTask } from '../../../../crds/types/agenttask.ts';
import { joinKey } from '../../../../kube/objects.ts';
import { alice, denying } from '../facade.ts';
import { asClient, cacheOf, countingIds, MemoryClient } from '../memory-client.ts';
import { MemoryHistory } from '../memory-history.ts';

function task(name: string, id?: string, namespace = 'default'): AgentTask {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      namespace,
      name: objectNameOf(name),
      ...(id === undefined ? {} : { labels: { 'fleetwright.io/id': id } }),
    },
    spec: { hosts: ['web-1'] },
  };
}

function lookupWith(cached: readonly AgentTask[], history?: MemoryHistory, client = new MemoryClient()): TaskLookup {
  return new TaskLookup({
    clientOf: () => asClient(client),
    authorizer: denying(),
    cache: cacheOf(...cached),
    ids: countingIds(),
    namespace: 'default',
    history,
  });
}

function remembered(one: AgentTask): MemoryHistory {
  const history = new MemoryHistory();
  history.add(one);
  return history;
}

describe('a task that is looked for', () => {
  test('is known by the name that its caller gave it, and by its id, which counts where both are given', async () => {
    const lookup = lookupWith([task('known', '9'), task('other', '10')]);
    for (const query of [{ id: 9 }, { name: 'known' }, { id: 9, name: 'other' }])
      expect((await lookup.find(alice, query)).object.metadata.name).toBe(objectNameOf('known'));
  });

  test('is found in the history of its namespace when it is gone', async () => {
    const lookup = lookupWith([], remembered(task('gone', '4')));
    for (const query of [{ id: 4 }, { name: 'gone' }])
      expect(await lookup.find(alice, query)).toMatchObject({ live: false });
    const elsewhere = lookupWith([], remembered(task('gone', '4', 'other')));
    for (const query of [{ id: 4 }, { name: 'gone' }])
      await expect(elsewhere.find(alice, query)).rejects.toThrow(TaskNotFoundError);
  });

  test.each([{ id: 1 }, { name: 'unknown' }])('is not found by %j', async (query) => {
    await expect(lookupWith([task('known', '9')]).find(alice, query)).rejects.toThrow(TaskNotFoundError);
  });

  test('is not found when it has no id, since it was not made by this API', async () => {
    const client = new MemoryClient();
    const foreign = task('foreign');
    client.objects.set(joinKey(foreign.metadata), foreign);
    await expect(lookupWith([], undefined, client).find(alice, { name: 'foreign' })).rejects.toThrow(TaskNotFoundError);
  });
});
