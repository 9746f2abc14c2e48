import { expect, test } from 'vitest';

import { evict, type EvictingHands } from '../../../../controllers/clusterstage/evicting.ts';
import { EvictionTurns } from '../../../../controllers/clusterstage/eviction-turns.ts';
import type { EvictIntent } from '../../../../controllers/clusterstage/intents.ts';
import { EvictionMemory } from '../../../../controllers/clusterstage/memory.ts';
import { Store } from '../../../../kube/store.ts';
import type { KubeObject } from '../../../../kube/objects.ts';
import type { Pod } from '../../../../kube/workloads.ts';

const view = { ready: true, leaving: false, owned: true, emptyDir: false, nameReturns: false, budgets: [] };
const pod = { key: 'default/web-1', namespace: 'default', name: 'web-1', uid: 'uid-1', ...view };
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
  const hands: EvictingHands = { client, clock, evictions, evictionTurns, budgets: new Store(), pods };
  return { answer, evictions, hands, asked: () => asked };
}

test('a pod is leaving as soon as its eviction is asked for, and when it was accepted', async () => {
  const { answer, evictions, hands } = slowServer();
  const before = evictions.room;
  evict(intent, hands);
  expect(evictions.isLeaving(pod.uid)).toBe(true);
  expect(evictions.room).toBe(before - 1);
  answer.resolve({ metadata: { name: pod.name } });
  await expect.poll(() => evictions.room).toBe(before);
  expect(evictions.isLeaving(pod.uid)).toBe(true);
});

test('an eviction that fails counts as refused: the pod rests, and the words are told', async () => {
  const { answer, evictions, hands } = slowServer();
  evict(intent, hands);
  answer.reject(new Error('the connection was cut'));
  await expect.poll(() => evictions.isLeaving(pod.uid)).toBe(false);
  expect(evictions.refusal(pod.uid, new Date(0))).toMatchObject({ lasting: false, message: 'the connection was cut' });
});

test('of a pod that is gone before the answer comes nothing is kept', async () => {
  const { answer, evictions, hands } = slowServer();
  const before = evictions.room;
  evict(intent, hands);
  evictions.forget(pod.uid);
  answer.reject(new Error('the connection was cut'));
  await expect.poll(() => evictions.room).toBe(before);
  expect(evictions.isLeaving(pod.uid)).toBe(false);
  expect(evictions.refusal(pod.uid, new Date(0))).toBeUndefined();
});

test('a pod that was gone, or is another one of its name by now, is not asked for', () => {
  const { evictions, hands, asked } = slowServer('uid-2');
  evict(intent, hands);
  expect(asked()).toBe(0);
  expect(evictions.isLeaving(pod.uid)).toBe(false);
});
