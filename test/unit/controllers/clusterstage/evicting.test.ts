import { expect, test } from 'vitest';

import { evict, type EvictingHands } from '../../../../controllers/clusterstage/evicting.ts';
import type { EvictIntent } from '../../../../controllers/clusterstage/intents.ts';
import { EvictionMemory } from '../../../../controllers/clusterstage/memory.ts';
import { Store } from '../../../../kube/store.ts';
import type { KubeObject } from '../../../../kube/objects.ts';

const view = { ready: true, leaving: false, owned: true, emptyDir: false, nameReturns: false, budgets: [] };
const pod = { key: 'default/web-1', namespace: 'default', name: 'web-1', uid: 'uid-1', ...view };
const intent: EvictIntent = { do: 'evict', pod, because: 'pods leave n1' };

/** An API server that answers when the test says so. */
function slowServer(): { answer: PromiseWithResolvers<KubeObject>; evictions: EvictionMemory; hands: EvictingHands } {
  const answer = Promise.withResolvers<KubeObject>();
  const evictions = new EvictionMemory();
  const client = { create: async <T extends KubeObject>() => answer.promise as Promise<T> };
  const clock = { now: () => new Date(0) };
  return { answer, evictions, hands: { client, clock, evictions, budgets: new Store(), pods: new Store() } };
}

test('a pass does not wait for an eviction that takes long, and does not ask for it again meanwhile', async () => {
  const { answer, evictions, hands } = slowServer();
  await evict(intent, hands);
  expect(evictions.isLeaving(pod.uid)).toBe(true);
  answer.resolve({ metadata: { name: pod.name } });
  await answer.promise;
  expect(evictions.isLeaving(pod.uid)).toBe(true);
});

test('what fails after the pass counts as refused: the pod rests, and the words are told', async () => {
  const { answer, evictions, hands } = slowServer();
  await evict(intent, hands);
  answer.reject(new Error('the connection was cut'));
  await expect.poll(() => evictions.isLeaving(pod.uid)).toBe(false);
  expect(evictions.refusal(pod.uid, new Date(0))).toMatchObject({ lasting: false, message: 'the connection was cut' });
});

test('what fails at once fails the pass, and is asked for again', async () => {
  const { answer, evictions, hands } = slowServer();
  answer.reject(new Error('the connection was cut'));
  await expect(evict(intent, hands)).rejects.toThrow('the connection was cut');
  expect(evictions.isLeaving(pod.uid)).toBe(false);
  expect(evictions.refusal(pod.uid, new Date(0))).toBeUndefined();
});
