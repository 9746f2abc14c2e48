import { expect, test } from 'vitest';

import { evict, type EvictingHands } from '../../../../controllers/clusterstage/evicting.ts';
import { EvictionTurns } from '../../../../controllers/clusterstage/eviction-turns.ts';
import type { EvictIntent } from '../../../../controllers/clusterstage/intents.ts';
import { EvictionMemory } from '../../../../controllers/clusterstage/memory.ts';
import type { ClusterStage } from '../../../../crds/types/clusterstage.ts';
import { Store } from '../../../../kube/store.ts';
import type { KubeObject } from '../../../../kube/objects.ts';
import type { Pod } from '../../../../kube/workloads.ts';

const view = { ready: true, leaving: false, owned: true, emptyDir: false, nameReturns: false, budgets: [] };
const pod = { key: 'default/web-1', namespace: 'default', name: 'web-1', uid: 'uid-1', ...view };
const stage: ClusterStage = {
  apiVersion: 'fleetwright.io/v1alpha1',
  kind: 'ClusterStage',
  metadata: { name: 'n1', uid: 'stage-1', generation: 3 },
  spec: { stage: 'support', scope: 'Node' },
};
const intent: EvictIntent = { do: 'evict', pod, because: 'pods leave n1' };

/** An API server that answers when the test says so. @param uid of the pod that the cache shows */
function slowServer(uid = pod.uid) {
  const answer = Promise.withResolvers<KubeObject>();
  const evictions = new EvictionMemory();
  let asked = 0;
  const client = {
    create: async <T extends KubeObject>() => {
      asked += 1;
      return answer.promise as Promise<T>;
    },
  };
  const pods = new Store<Pod>();
  pods.set({ metadata: { namespace: 'default', name: 'web-1', uid } });
  const clock = { now: () => new Date(0) };
  const evictionTurns = new EvictionTurns();
  const stages = new Store<ClusterStage>();
  stages.set(stage);
  const hands: EvictingHands = { client, clock, evictions, evictionTurns, budgets: new Store(), pods, stages };
  return { answer, evictions, stages, hands, asked: () => asked };
}

test('a pod is leaving as soon as its eviction is asked for, and when it was accepted', async () => {
  const { answer, evictions, hands } = slowServer();
  const before = evictions.room;
  evict(stage, intent, hands);
  expect(evictions.isLeaving(pod.uid)).toBe(true);
  expect(evictions.room).toBe(before - 1);
  answer.resolve({ metadata: { name: pod.name } });
  await expect.poll(() => evictions.room).toBe(before);
  expect(evictions.isLeaving(pod.uid)).toBe(true);
});

test('an eviction that fails counts as refused: the pod rests, and the words are told', async () => {
  const { answer, evictions, hands } = slowServer();
  evict(stage, intent, hands);
  answer.reject(new Error('the connection was cut'));
  await expect.poll(() => evictions.isLeaving(pod.uid)).toBe(false);
  expect(evictions.refusal(pod.uid, new Date(0))).toMatchObject({ lasting: false, message: 'the connection was cut' });
});

test('of a pod that is gone before the answer comes nothing is kept', async () => {
  const { answer, evictions, hands } = slowServer();
  const before = evictions.room;
  evict(stage, intent, hands);
  evictions.forget(pod.uid);
  answer.reject(new Error('the connection was cut'));
  await expect.poll(() => evictions.room).toBe(before);
  expect(evictions.isLeaving(pod.uid)).toBe(false);
  expect(evictions.refusal(pod.uid, new Date(0))).toBeUndefined();
});

test('a pod that was gone, or is another one of its name by now, is not asked for', () => {
  const { evictions, hands, asked } = slowServer('uid-2');
  evict(stage, intent, hands);
  expect(asked()).toBe(0);
  expect(evictions.isLeaving(pod.uid)).toBe(false);
});

const budget = {
  key: 'default/web',
  allowed: 5,
  desired: 1,
  healthy: 6,
  healthyOwned: 6,
  never: undefined,
};
const later = { ...stage.metadata, generation: 4 };

test.each([
  { what: 'paused', change: { ...stage, metadata: later, spec: { ...stage.spec, paused: true } } },
  { what: 'deleted', change: { ...stage, metadata: { ...later, deletionTimestamp: '2026-01-01T00:00:00Z' } } },
])('an eviction that waits for its turn does not go out when its stage was $what meanwhile', async ({ change }) => {
  const { answer, evictions, stages, hands, asked } = slowServer();
  const waiting: EvictIntent = { ...intent, pod: { ...pod, budgets: [budget] } };
  void hands.evictionTurns.take(budget.key, async () => answer.promise);
  evict(stage, waiting, hands);
  stages.set(change);
  answer.resolve({ metadata: { name: 'web-0' } });
  await expect.poll(() => evictions.isLeaving(pod.uid)).toBe(false);
  expect(asked()).toBe(0);
  expect(evictions.refusal(pod.uid, new Date(0))).toBeUndefined();
});
