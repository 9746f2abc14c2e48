import { beforeEach, describe, expect, test } from 'vitest';

import { ParentMemories } from '../../../../../controllers/shared/children/memory.ts';
import {
  observeFamily,
  observeParent,
  type FamilyWorld,
} from '../../../../../controllers/agenttask/composite/observe.ts';
import { KnownKinds } from '../../../../../controllers/shared/known-kinds.ts';
import { agentTaskKind } from '../../../../../controllers/agenttask/known-kind.ts';
import { taskIndexers } from '../../../../../controllers/agenttask/indexers.ts';
import { agentTasks, type AgentTask, type AgentTaskStatus } from '../../../../../crds/types/agenttask.ts';
import type { ObjectMeta } from '../../../../../kube/objects.ts';
import { Store } from '../../../../../kube/store.ts';
import { ModelApi } from '../../../../harness/world/api.ts';
import { ModelClient } from '../../../../harness/world/client.ts';
import { ManualClock } from '../../../../harness/world/clock.ts';
import { childTask, splitTask } from '../../../../harness/agenttask/family.ts';
import { Life } from '../../../../harness/world/life.ts';
import { shown } from '../../../../harness/agenttask/observed.ts';

const fleet = splitTask();
const deletionTimestamp = '2026-01-01T11:59:59Z';

let api: ModelApi;
let cache: Store<AgentTask>;
let world: FamilyWorld;

beforeEach(() => {
  api = new ModelApi(new ManualClock());
  cache = new Store(taskIndexers);
  const client = new ModelClient(
    api,
    new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined }),
  );
  const kinds = new KnownKinds();
  kinds.add(agentTaskKind(cache, () => undefined));
  world = { client, tasks: cache, kinds, memories: new ParentMemories() };
});

function seen(task: AgentTask): readonly string[] {
  return observeFamily(task, world)?.members.map(({ host, is }) => `${host} ${is}`) ?? [];
}

describe('the children of a split task', () => {
  test('a task that is not split has none', () => {
    expect(observeFamily(shown(), world)).toBeUndefined();
  });

  test('one is there, one was never made, one has been there', () => {
    cache.set(childTask(fleet, 0));
    const status: AgentTaskStatus = {
      children: [
        { name: 'web-01234567-1', host: 'a', phase: 'Pending' },
        { name: 'web-01234567-3', host: 'c', phase: 'Running' },
      ],
    };
    expect(seen(splitTask({}, status))).toEqual(['a there', 'b unmade', 'c gone']);
  });

  test('what this process made counts as made until the cache shows it, and then the cache counts', () => {
    world.memories.of('default/web', '0123456789').unseen.add('web-01234567-2');
    expect(seen(fleet)).toEqual(['a unmade', 'b unseen', 'c unmade']);
    cache.set(childTask(fleet, 1));
    expect(seen(fleet)).toEqual(['a unmade', 'b there', 'c unmade']);
    cache.delete('default/web-01234567-2');
    expect(seen(fleet)).toEqual(['a unmade', 'b unmade', 'c unmade']);
  });

  test('what was made and taken away by force before it was seen is not waited for', () => {
    world.memories.of('default/web', '0123456789').unseen.add('web-01234567-2');
    world.memories.childGone('default/web', 'web-01234567-2');
    expect(seen(fleet)).toEqual(['a unmade', 'b unmade', 'c unmade']);
  });

  test('what an earlier parent of this name made is forgotten', () => {
    world.memories.of('default/web', 'another').unseen.add('web-01234567-2');
    expect(seen(fleet)).toEqual(['a unmade', 'b unmade', 'c unmade']);
  });

  test.each<[string, Partial<ObjectMeta>]>([
    ['without our label', { labels: {} }],
    ['of another parent', { labels: { 'fleetwright.io/parent': 'another' } }],
    ['without its owner', { ownerReferences: [] }],
  ])('a task of a child’s name %s is somebody else’s', (_what, metadata) => {
    cache.set(childTask(fleet, 0, {}, metadata));
    expect(seen(fleet)).toEqual(['a taken', 'b unmade', 'c unmade']);
  });

  test('a copy of a child under another name is a stray', () => {
    cache.set(childTask(fleet, 0));
    cache.set(childTask(fleet, 1, {}, { name: 'copy' }));
    expect(observeFamily(fleet, world)?.strays.map(({ metadata }) => metadata.name)).toEqual(['copy']);
    expect(seen(fleet)).toEqual(['a there', 'b unmade', 'c unmade']);
  });
});

describe('the parent of a child', () => {
  const waits = childTask(fleet, 0);
  const leaves = childTask(fleet, 0, {}, { deletionTimestamp });
  const { ownerReferences: _, ...unowned } = leaves.metadata;

  test.each<[string, AgentTask, AgentTask | undefined, string]>([
    ['a task of its own', shown(), undefined, 'none'],
    ['a child of a parent that runs', waits, fleet, 'there'],
    ['a child of a parent that was stopped', waits, splitTask({ stop: true }), 'over'],
    ['a child of a parent that has ended', waits, splitTask({}, { phase: 'Stopped' }), 'over'],
    ['a child of a parent that is deleted', waits, splitTask({}, {}, { deletionTimestamp }), 'over'],
    [
      'a child that is left by its parent',
      waits,
      splitTask({}, {}, { deletionTimestamp, finalizers: ['orphan'] }),
      'there',
    ],
    ['a child whose parent is gone must not begin', waits, undefined, 'over'],
    ['a child whose parent is another one now', waits, splitTask({}, {}, { uid: 'another' }), 'over'],
    ['a deleted child whose parent is gone', leaves, undefined, 'gone'],
    ['a deleted child that was set free', { ...leaves, metadata: unowned }, fleet, 'gone'],
    [
      'a deleted child that nobody holds',
      childTask(fleet, 0, {}, { deletionTimestamp, finalizers: [] }),
      undefined,
      'over',
    ],
  ])('%s', async (_what, child, parent, expected) => {
    if (parent !== undefined) cache.set(parent);
    expect(await observeParent(child, world)).toBe(expected);
  });

  test('a parent that only the cache lacks is there: the child may begin; a deleted one is not let go', async () => {
    const parent = api.create(agentTasks, fleet);
    expect(await observeParent(childTask(parent, 0), world)).toBe('there');
    const child = childTask(parent, 0, {}, { deletionTimestamp });
    expect(await observeParent(child, world)).toBe('there');
    api.mergePatch(agentTasks, parent.metadata, { metadata: { name: parent.metadata.name, finalizers: [] } });
    api.delete(agentTasks, parent.metadata);
    expect(await observeParent(child, world)).toBe('gone');
  });
});
