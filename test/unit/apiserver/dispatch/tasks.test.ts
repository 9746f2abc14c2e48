import { describe, expect, test } from 'vitest';

import { DuplicateNameError, TaskNotFoundError } from '../../../../apiserver/dispatch/errors.ts';
import { objectNameOf } from '../../../../apiserver/dispatch/identity.ts';
import { DispatchTasks } from '../../../../apiserver/dispatch/tasks.ts';
import type { AgentTask } from '../../../../crds/types/agenttask.ts';
import { apiErrorFrom, TransportError } from '../../../../kube/errors.ts';
import { joinKey } from '../../../../kube/objects.ts';
import { asClient, cacheOf, countingIds, MemoryClient } from '../memory-client.ts';

function draft(name: string, labels: Readonly<Record<string, string>> = {}, creationTimestamp?: string): AgentTask {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { namespace: 'default', name: objectNameOf(name), labels, ...(creationTimestamp === undefined ? {} : { creationTimestamp }) },
    spec: { hosts: ['web-1'], content: '- ping:' },
  };
}

function setup(...cached: readonly AgentTask[]): { readonly client: MemoryClient; readonly tasks: DispatchTasks } {
  const client = new MemoryClient();
  return { client, tasks: new DispatchTasks({ client: asClient(client), cache: cacheOf(...cached), ids: countingIds(), namespace: 'default' }) };
}

const lost = new TransportError('POST', new Error('reset'));
const failed = apiErrorFrom(500, 'etcdserver: request timed out', 'POST');

describe('a task that is made', () => {
  test('carries its id as a label', async () => {
    const { client, tasks } = setup();
    expect(await tasks.create(draft('a'))).toBe(1);
    expect([...client.objects.values()].map((task) => task.metadata.labels)).toEqual([{ 'fleetwright.io/dispatch-id': '1' }]);
  });

  test('is refused as a duplicate when the API server has it, whatever the cache knows', async () => {
    const { tasks } = setup();
    await tasks.create(draft('a'));
    await expect(tasks.create(draft('a'))).rejects.toThrow(DuplicateNameError);
  });

  test('costs no id and no call when the cache knows it already', async () => {
    const { client, tasks } = setup(draft('a', { 'fleetwright.io/dispatch-id': '9' }));
    await expect(tasks.create(draft('a'))).rejects.toThrow(DuplicateNameError);
    expect(client.calls).toEqual([]);
    expect(await tasks.create(draft('b'))).toBe(1);
  });

  test.each([lost, failed])('is answered with its id when only the answer was lost: %s', async (error) => {
    const { client, tasks } = setup();
    client.faults.push({ error, done: true });
    expect(await tasks.create(draft('a'))).toBe(1);
    expect(client.calls).toEqual(['create', 'get']);
  });

  test.each([lost, failed])('fails when it was not made: %s', async (error) => {
    const { client, tasks } = setup();
    client.faults.push({ error, done: false });
    await expect(tasks.create(draft('a'))).rejects.toBe(error);
    expect(await tasks.create(draft('a'))).toBe(2);
  });

  test('fails when another call made one of the same name meanwhile, whose id it does not take for its own', async () => {
    const { client, tasks } = setup();
    const other = draft('a', { 'fleetwright.io/dispatch-id': '5' });
    client.objects.set(joinKey(other.metadata), other);
    client.faults.push({ error: lost, done: false });
    await expect(tasks.create(draft('a'))).rejects.toBe(lost);
  });

  test('fails with the first error when what was done cannot be seen either', async () => {
    const { client, tasks } = setup();
    client.faults.push({ error: lost, done: true });
    client.readFault = new TransportError('GET', new Error('refused'));
    await expect(tasks.create(draft('a'))).rejects.toBe(lost);
  });
});

describe('a task that is looked for', () => {
  const known = draft('known', { 'fleetwright.io/dispatch-id': '9' });

  test('is found in the cache without a call, by id and by name', async () => {
    const { client, tasks } = setup(known);
    expect(await tasks.find({ id: 9 })).toBe(known);
    expect(await tasks.find({ name: 'known' })).toBe(known);
    expect(client.calls).toEqual([]);
  });

  test('is found in the API server right after it was made, while the cache lags', async () => {
    const { client, tasks } = setup();
    const id = await tasks.create(draft('new'));
    expect((await tasks.find({ id })).metadata.name).toBe(objectNameOf('new'));
    expect((await tasks.find({ name: 'new' })).metadata.name).toBe(objectNameOf('new'));
    expect(client.calls).toEqual(['create', 'list', 'get']);
  });

  test('is looked for by its id when both are given', async () => {
    const { tasks } = setup(known, draft('other', { 'fleetwright.io/dispatch-id': '10' }));
    expect((await tasks.find({ id: 9, name: 'other' })).metadata.name).toBe(objectNameOf('known'));
  });

  test.each([{ id: 1 }, { id: 0 }, { id: -5 }, { name: 'unknown' }])('is not found by %j', async (query) => {
    await expect(setup(known).tasks.find(query)).rejects.toThrow(TaskNotFoundError);
  });

  test('is not found when it has no id, since it was not made by this API', async () => {
    const { client, tasks } = setup();
    const foreign = draft('foreign');
    client.objects.set(joinKey(foreign.metadata), foreign);
    await expect(tasks.find({ name: 'foreign' })).rejects.toThrow(TaskNotFoundError);
  });

  test('is the elder one when somebody copied its label', async () => {
    const elder = draft('elder', { 'fleetwright.io/dispatch-id': '9' }, '2026-01-01T00:00:00Z');
    const copy = draft('copy', { 'fleetwright.io/dispatch-id': '9' }, '2026-01-02T00:00:00Z');
    expect(await setup(copy, elder).tasks.find({ id: 9 })).toBe(elder);
  });

  test('that cannot be read fails with the reason, and is not taken for missing', async () => {
    const { client, tasks } = setup();
    client.readFault = lost;
    await expect(tasks.find({ name: 'a' })).rejects.toBe(lost);
    await expect(tasks.find({ id: 1 })).rejects.toBe(lost);
  });
});
