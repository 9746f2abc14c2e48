import { expect, test } from 'vitest';

import { EvictionTurns } from '../../../../controllers/clusterstage/eviction-turns.ts';

/** Evictions that are answered when the test says so. */
function server() {
  const turns = new EvictionTurns();
  const asked: string[] = [];
  const evict = (budget: string | undefined, name: string) => {
    const answer = Promise.withResolvers<string>();
    const done = turns.take(budget, async () => {
      asked.push(name);
      return answer.promise;
    });
    return { ...answer, done };
  };
  return { asked, evict };
}

test('evictions of one budget go out one after the other, those of others beside them', async () => {
  const { asked, evict } = server();
  const first = evict('shop/web', 'web-1');
  const second = evict('shop/web', 'web-2');
  evict('shop/db', 'db-1');
  evict(undefined, 'free-1');
  expect(asked).toEqual(['web-1', 'db-1', 'free-1']);
  first.resolve('accepted');
  await expect.poll(() => asked).toContain('web-2');
  second.resolve('refused');
  expect([await first.done, await second.done]).toEqual(['accepted', 'refused']);
});

test('one that is not answered holds up the next one for a moment only, and one that fails not at all', async () => {
  const { asked, evict } = server();
  const first = evict('shop/web', 'web-1');
  const second = evict('shop/web', 'web-2');
  await expect.poll(() => asked).toContain('web-2');
  second.reject(new Error('the connection was cut'));
  await expect(second.done).rejects.toThrow('the connection was cut');
  const third = evict('shop/web', 'web-3');
  await expect.poll(() => asked).toContain('web-3');
  for (const { resolve } of [first, third]) resolve('accepted');
  expect([await first.done, await third.done]).toEqual(['accepted', 'accepted']);
});
