import { describe, expect, test } from 'vitest';

import { DuplicateNameError, TaskNotFoundError } from '../../../../apiserver/dispatch/errors.ts';
import { objectNameOf } from '../../../../apiserver/dispatch/identity.ts';
import { TaskLookup } from '../../../../apiserver/dispatch/lookup.ts';
import { DispatchTasks, type DispatchTasksOptions } from '../../../../apiserver/dispatch/tasks.ts';
import type { AgentTask } from '../../../../crds/types/agenttask.ts';
import { apiErrorFrom, TransportError } from '../../../../kube/errors.ts';
import { joinKey } from '../../../../kube/objects.ts';
import { alice, denying } from '../facade.ts';
import { asClient, cacheOf, countingIds, MemoryClient } from '../memory-client.ts';
import { MemoryHistory } from '../memory-history.ts';

function draft(name: string, labels: Readonly<Record<string, string>> = {}, creationTimestamp?: string): AgentTask {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      namespace: 'default',
      name: objectNameOf(name),
      labels,
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: { hosts: ['web-1'], content: '- ping:' },
  };
}

function setup(
  cached: readonly AgentTask[] = [],
  options: Partial<DispatchTasksOptions> = {},
): { readonly client: MemoryClient; readonly tasks: DispatchTasks; readonly lookup: TaskLookup } {
  const client = new MemoryClient();
  const all = {
    clientOf: () => asClient(client),
    authorizer: denying(),
    cache: cacheOf(...cached),
    ids: countingIds(),
    namespace: 'default',
    ...options,
  };
  return { client, tasks: new DispatchTasks(all), lookup: new TaskLookup(all) };
}

const lost = new TransportError('POST', new Error('reset'));
const failed = apiErrorFrom(500, 'etcdserver: request timed out', 'POST');

describe('a task that is made', () => {
  test('carries its id as a label', async () => {
    const { client, tasks } = setup();
    expect(await tasks.create(alice, draft('a'))).toBe(1);
    expect([...client.objects.values()].map((task) => task.metadata.labels)).toEqual([{ 'fleetwright.io/id': '1' }]);
  });

  test('is refused as a duplicate when the API server has it, whatever the cache knows', async () => {
    const { tasks } = setup();
    await tasks.create(alice, draft('a'));
    await expect(tasks.create(alice, draft('a'))).rejects.toThrow(DuplicateNameError);
  });

  test('costs no id and no call when the cache knows it already', async () => {
    const { client, tasks } = setup([draft('a', { 'fleetwright.io/id': '9' })]);
    await expect(tasks.create(alice, draft('a'))).rejects.toThrow(DuplicateNameError);
    expect(client.calls).toEqual([]);
    expect(await tasks.create(alice, draft('b'))).toBe(1);
  });

  test.each([lost, failed])('is answered with its id when only the answer was lost: %s', async (error) => {
    const { client, tasks } = setup();
    client.faults.push({ error, done: true });
    expect(await tasks.create(alice, draft('a'))).toBe(1);
    expect(client.calls).toEqual(['create', 'get']);
  });

  test.each([lost, failed])('fails when it was not made: %s', async (error) => {
    const { client, tasks } = setup();
    client.faults.push({ error, done: false });
    await expect(tasks.create(alice, draft('a'))).rejects.toBe(error);
    expect(await tasks.create(alice, draft('a'))).toBe(2);
  });

  test('fails when another call made one of the same name meanwhile, whose id it does not take for its own', async () => {
    const { client, tasks } = setup();
    const other = draft('a', { 'fleetwright.io/id': '5' });
    client.objects.set(joinKey(other.metadata), other);
    client.faults.push({ error: lost, done: false });
    await expect(tasks.create(alice, draft('a'))).rejects.toBe(lost);
  });

  test('fails with the first error when what was done cannot be seen either', async () => {
    const { client, tasks } = setup();
    client.faults.push({ error: lost, done: true });
    client.readFault = new TransportError('GET', new Error('refused'));
    await expect(tasks.create(alice, draft('a'))).rejects.toBe(lost);
  });
});

function remembered(name: string, id: string, namespace = 'default'): MemoryHistory {
  const history = new MemoryHistory();
  const task = draft(name, { 'fleetwright.io/id': id });
  history.add({ ...task, metadata: { ...task.metadata, namespace } });
  return history;
}

describe('where a history is kept', () => {
  test('a name is taken that only the history knows, and costs no id', async () => {
    const { client, tasks } = setup([], { history: remembered('gone', '4') });
    await expect(tasks.create(alice, draft('gone'))).rejects.toThrow(DuplicateNameError);
    expect(client.calls).toEqual([]);
    expect(await tasks.create(alice, draft('new'))).toBe(1);
  });

  test('a task is held from its first moment until it is recorded, and not where none is kept', async () => {
    const kept = setup([], { history: new MemoryHistory() });
    await kept.tasks.create(alice, draft('a'));
    expect([...kept.client.objects.values()].map(({ metadata }) => metadata.finalizers)).toEqual([
      ['fleetwright.io/history'],
    ]);
    const none = setup();
    await none.tasks.create(alice, draft('a'));
    expect([...none.client.objects.values()].map(({ metadata }) => metadata.finalizers)).toEqual([undefined]);
  });

  test('a task that is gone is found by id and by name', async () => {
    const { lookup } = setup([], { history: remembered('gone', '4') });
    for (const query of [{ id: 4 }, { name: 'gone' }])
      expect(await lookup.find(alice, query)).toMatchObject({
        live: false,
        task: { metadata: { name: objectNameOf('gone') } },
      });
  });

  test('a task of another namespace is not found', async () => {
    const { lookup } = setup([], { history: remembered('gone', '4', 'other') });
    for (const query of [{ id: 4 }, { name: 'gone' }])
      await expect(lookup.find(alice, query)).rejects.toThrow(TaskNotFoundError);
  });
});

describe('a caller without the right', () => {
  const known = draft('known', { 'fleetwright.io/id': '9' });

  test('to create makes nothing, and is not told whether a name is taken', async () => {
    const { client, tasks } = setup([known], { authorizer: denying('create agenttasks') });
    for (const name of ['known', 'new'])
      await expect(tasks.create(alice, draft(name))).rejects.toMatchObject({ code: 'DENIED', httpStatus: 403 });
    expect(client.calls).toEqual([]);
  });

  test('to get is not told whether a task is there', async () => {
    const { client, lookup } = setup([known], { authorizer: denying('get agenttasks') });
    for (const query of [{ id: 9 }, { id: 10 }, { name: 'known' }, { name: 'new' }])
      await expect(lookup.find(alice, query)).rejects.toMatchObject({ code: 'DENIED' });
    expect(client.calls).toEqual([]);
  });

  test('is not blamed when it is this service that may not do its own part', async () => {
    const forbidden = apiErrorFrom(403, JSON.stringify({ kind: 'Status', message: 'no' }), 'PUT');
    const ids = { next: () => Promise.reject(forbidden) };
    await expect(setup([], { ids }).tasks.create(alice, draft('a'))).rejects.toMatchObject({
      code: 'SERVICE',
      cause: forbidden,
    });
    const authorizer = { check: () => Promise.reject(forbidden) };
    await expect(setup([], { authorizer }).lookup.find(alice, { id: 1 })).rejects.toMatchObject({
      code: 'SERVICE',
      cause: forbidden,
    });
  });
});

describe('a task that is looked for', () => {
  const known = draft('known', { 'fleetwright.io/id': '9' });

  test('is found in the cache without a call, by id and by name', async () => {
    const { client, lookup } = setup([known]);
    expect(await lookup.find(alice, { id: 9 })).toEqual({ task: known, live: true });
    expect(await lookup.find(alice, { name: 'known' })).toEqual({ task: known, live: true });
    expect(client.calls).toEqual([]);
  });

  test('is found in the API server right after it was made, while the cache lags', async () => {
    const { client, tasks, lookup } = setup();
    const id = await tasks.create(alice, draft('new'));
    expect((await lookup.find(alice, { id })).task.metadata.name).toBe(objectNameOf('new'));
    expect((await lookup.find(alice, { name: 'new' })).task.metadata.name).toBe(objectNameOf('new'));
    expect(client.calls).toEqual(['create', 'list agenttasks', 'get']);
  });

  test('is looked for by its id when both are given', async () => {
    const { lookup } = setup([known, draft('other', { 'fleetwright.io/id': '10' })]);
    expect((await lookup.find(alice, { id: 9, name: 'other' })).task.metadata.name).toBe(objectNameOf('known'));
  });

  test.each([{ id: 1 }, { id: 0 }, { id: -5 }, { name: 'unknown' }])('is not found by %j', async (query) => {
    await expect(setup([known]).lookup.find(alice, query)).rejects.toThrow(TaskNotFoundError);
  });

  test('is not found when it has no id, since it was not made by this API', async () => {
    const { client, lookup } = setup();
    const foreign = draft('foreign');
    client.objects.set(joinKey(foreign.metadata), foreign);
    await expect(lookup.find(alice, { name: 'foreign' })).rejects.toThrow(TaskNotFoundError);
  });

  test('is the elder one when somebody copied its label', async () => {
    const elder = draft('elder', { 'fleetwright.io/id': '9' }, '2026-01-01T00:00:00Z');
    const copy = draft('copy', { 'fleetwright.io/id': '9' }, '2026-01-02T00:00:00Z');
    expect((await setup([copy, elder]).lookup.find(alice, { id: 9 })).task).toBe(elder);
  });

  test('that cannot be read fails with the reason, and is not taken for missing', async () => {
    const { client, lookup } = setup();
    client.readFault = lost;
    await expect(lookup.find(alice, { name: 'a' })).rejects.toBe(lost);
    await expect(lookup.find(alice, { id: 1 })).rejects.toBe(lost);
  });
});
