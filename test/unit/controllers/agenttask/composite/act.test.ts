import { beforeEach, describe, expect, test } from 'vitest';

import { actOnFamily, type FamilyHands } from '../../../../../controllers/agenttask/composite/act.ts';
import { ParentChangedError } from '../../../../../controllers/shared/children/acting.ts';
import { childName } from '../../../../../controllers/agenttask/composite/children.ts';
import { ParentMemories } from '../../../../../controllers/shared/children/memory.ts';
import { idOf } from '../../../../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../../../../crds/types/agenttask.ts';
import type { Client } from '../../../../../kube/client.ts';
import { apiErrorFrom } from '../../../../../kube/errors.ts';
import { IdCounter } from '../../../../../kube/ids.ts';
import type { KubeObject } from '../../../../../kube/objects.ts';
import { ModelApi } from '../../../../harness/world/api.ts';
import { ModelClient } from '../../../../harness/world/client.ts';
import { ManualClock } from '../../../../harness/world/clock.ts';
import { Life } from '../../../../harness/world/life.ts';
import { agentTask } from '../../../../harness/agenttask/objects.ts';

const hosts = Array.from({ length: 25 }, (_, index) => `host-${index + 1}`);

let clock: ManualClock;
let api: ModelApi;
let parent: AgentTask;
let hands: FamilyHands;
let failure: { readonly httpStatus: number; readonly concerns: (count: number, host: string) => boolean } | undefined;
let creations: number;

beforeEach(() => {
  clock = new ManualClock();
  api = new ModelApi(clock);
  const model = new ModelClient(
    api,
    new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined }),
  );
  failure = undefined;
  creations = 0;
  const client: Client = Object.assign(Object.create(model) as ModelClient, {
    get: model.get.bind(model),
    mergePatch: model.mergePatch.bind(model),
    delete: model.delete.bind(model),
    create: (async (type, object) => {
      creations += 1;
      if (failure?.concerns(creations, (object as KubeObject as AgentTask).spec.hosts?.[0] ?? '') === true)
        throw apiErrorFrom(
          failure.httpStatus,
          JSON.stringify({ kind: 'Status', message: 'exceeded quota: small' }),
          'POST agenttasks',
        );
      return model.create(type, object);
    }) satisfies Client['create'],
  });
  hands = { client, clock, memories: new ParentMemories(), ids: new IdCounter(model, 'fleetwright-system', 'ids') };
  parent = api.create(agentTasks, agentTask('fleet', { hosts, splitBy: 'Host' }));
});

const all = (): { readonly name: string; readonly hosts: readonly string[] }[] =>
  hosts.map((host, index) => ({ name: childName(parent, index), hosts: [host] }));
const make = (): Promise<void> => actOnFamily(parent, { do: 'makeChildren', children: all(), because: 'test' }, hands);
const children = (): readonly AgentTask[] => api.list(agentTasks).filter(({ metadata }) => metadata.name !== 'fleet');
const memory = () => hands.memories.of('default/fleet', parent.metadata.uid ?? '');

describe('making children', () => {
  test('each gets an id of its own, and is remembered until the cache shows it', async () => {
    await make();
    expect(children().map(({ spec }) => spec.hosts)).toEqual(hosts.map((host) => [host]));
    expect(new Set(children().map(idOf))).toEqual(new Set(hosts.map((_, index) => index + 1)));
    expect(memory().unseen.size).toBe(25);
  });

  test('a parent that changed since it was looked at makes none', async () => {
    api.mergePatch(agentTasks, parent.metadata, { metadata: { name: 'fleet', labels: { team: 'web' } } });
    await expect(make()).rejects.toThrow(ParentChangedError);
    expect(children()).toEqual([]);
  });

  test('a parent that is gone, or another one of its name, makes none', async () => {
    api.delete(agentTasks, parent.metadata);
    await expect(make()).rejects.toThrow(ParentChangedError);
    api.create(agentTasks, agentTask('fleet', { hosts, splitBy: 'Host' }));
    await expect(make()).rejects.toThrow(ParentChangedError);
    expect(children()).toEqual([]);
  });

  test('what is there already is left as it is, whoever made it', async () => {
    api.create(agentTasks, agentTask(childName(parent, 3), { hosts: ['elsewhere'] }));
    await make();
    expect(children()).toHaveLength(25);
    expect(children().filter(({ spec }) => spec.hosts?.[0] === 'elsewhere')).toHaveLength(1);
    expect(memory().unseen.has(childName(parent, 3))).toBe(false);
  });

  test.each([403, 404, 422, 400])('a refusal (%i) is remembered, and ten of them are enough', async (httpStatus) => {
    failure = { httpStatus, concerns: (count) => count > 10 };
    await make();
    expect(children()).toHaveLength(10);
    expect(creations).toBe(20);
    expect(memory().refusal).toEqual({ message: 'POST agenttasks: exceeded quota: small', at: clock.now() });
    failure = undefined;
    await make();
    expect(children()).toHaveLength(25);
    expect([memory().refusal, memory().refused.size]).toEqual([undefined, 0]);
  });

  test('one child that is refused keeps no other from being made', async () => {
    failure = { httpStatus: 422, concerns: (_count, host) => host === 'host-3' };
    await make();
    expect(children()).toHaveLength(24);
    expect([...memory().refused]).toEqual([childName(parent, 2)]);
  });

  test.each([500, 429, 401])('a failure that may pass (%i) is for the next pass', async (httpStatus) => {
    failure = { httpStatus, concerns: () => true };
    await expect(make()).rejects.toMatchObject({ httpStatus });
    expect(memory().refusal).toBeUndefined();
  });
});

describe('what is gone or has changed meanwhile', () => {
  test('is no failure of a change, a deletion or a release', async () => {
    await make();
    const seen = children();
    for (const { metadata } of seen.slice(0, 2)) {
      api.mergePatch(agentTasks, metadata, { metadata: { name: metadata.name, finalizers: [] } });
      api.delete(agentTasks, metadata);
    }
    await actOnFamily(parent, { do: 'changeChildren', children: seen, spec: { stop: true }, because: 'test' }, hands);
    expect(children().every(({ spec }) => spec.stop === true)).toBe(true);
    await actOnFamily(parent, { do: 'deleteChildren', children: seen, because: 'test' }, hands);
    expect(children().every(({ metadata }) => metadata.deletionTimestamp !== undefined)).toBe(true);
    // As they were seen before they changed: none is let go on old news.
    await actOnFamily(parent, { do: 'releaseChildren', children: seen, because: 'test' }, hands);
    expect(children()).toHaveLength(23);
    await actOnFamily(parent, { do: 'releaseChildren', children: children(), because: 'test' }, hands);
    expect(children()).toEqual([]);
  });

  test('a later task of the same name is not touched', async () => {
    await make();
    const [seen] = children();
    if (seen === undefined) throw new Error('no child was made');
    api.mergePatch(agentTasks, seen.metadata, { metadata: { name: seen.metadata.name, finalizers: [] } });
    api.delete(agentTasks, seen.metadata);
    const later = api.create(agentTasks, agentTask(seen.metadata.name));
    await actOnFamily(parent, { do: 'changeChildren', children: [seen], spec: { stop: true }, because: 'test' }, hands);
    await actOnFamily(parent, { do: 'deleteChildren', children: [seen], because: 'test' }, hands);
    expect(api.get(agentTasks, later.metadata)).toEqual(later);
  });
});
