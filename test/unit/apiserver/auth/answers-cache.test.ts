import { describe, expect, test } from 'vitest';

import { AnswersCache } from '../../../../apiserver/auth/answers-cache.ts';

function counting(): { readonly asked: string[]; ask(this: void, question: string): () => Promise<string> } {
  const asked: string[] = [];
  return {
    asked,
    ask: (question) => async () => {
      asked.push(question);
      return `${question} ${asked.length}`;
    },
  };
}

describe('a cache of answers', () => {
  test('asks once within the lifetime, and again after it', async () => {
    const { asked, ask } = counting();
    const cache = new AnswersCache<string>(1000);
    expect([await cache.get('a', 0, ask('a')), await cache.get('a', 999, ask('a'))]).toEqual(['a 1', 'a 1']);
    expect(await cache.get('a', 1000, ask('a'))).toBe('a 2');
    expect(asked).toEqual(['a', 'a']);
  });

  test('lets those who ask the same at once wait for one answer', async () => {
    const { asked, ask } = counting();
    const cache = new AnswersCache<string>();
    expect(
      await Promise.all([cache.get('a', 0, ask('a')), cache.get('a', 0, ask('a')), cache.get('b', 0, ask('b'))]),
    ).toEqual(['a 1', 'a 1', 'b 2']);
    expect(asked).toEqual(['a', 'b']);
  });

  test('keeps no failure', async () => {
    const { ask } = counting();
    const cache = new AnswersCache<string>();
    await expect(cache.get('a', 0, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(cache.known('a', 0)).toBeUndefined();
    expect(await cache.get('a', 0, ask('a'))).toBe('a 1');
  });

  test('forgets the oldest beyond its size', async () => {
    const { ask } = counting();
    const cache = new AnswersCache<string>(1000, 2);
    for (const question of ['a', 'b', 'c']) await cache.get(question, 0, ask(question));
    expect(['a', 'b', 'c'].map((question) => cache.known(question, 0) !== undefined)).toEqual([false, true, true]);
  });
});
