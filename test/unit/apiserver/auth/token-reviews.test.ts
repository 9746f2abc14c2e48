import { describe, expect, test, vi } from 'vitest';

import { TokenReviews } from '../../../../apiserver/auth/token-reviews.ts';
import { ReviewingApi } from './reviews.ts';

const good = 'aaaa.bbbb.cccc';

function api(): ReviewingApi {
  const made = new ReviewingApi();
  made.users.set(good, { username: 'ann', groups: ['ops', 'system:authenticated'] });
  return made;
}

describe('tokens of the API server', () => {
  test('are asked about, once for ten seconds', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    const server = api();
    const reviews = new TokenReviews(server);
    for (let count = 0; count < 3; count += 1)
      expect(await reviews.find(good, false)).toEqual({ user: 'ann', groups: ['ops'] });
    expect(await reviews.find('x.y.z', false)).toBeUndefined();
    expect(await reviews.find('x.y.z', false)).toBeUndefined();
    expect(server.reviewed).toEqual([good, 'x.y.z']);
    server.users.clear();
    now.mockReturnValue(10_999);
    expect(await reviews.find(good, false)).toMatchObject({ user: 'ann' });
    now.mockReturnValue(11_000);
    expect(await reviews.find(good, false)).toBeUndefined();
    now.mockRestore();
  });

  test.each(['', 'no-dots', 'a.b', 'a.b.c.d', 'a..c', 'a.b.c!', 'correct-horse-battery-staple'])(
    'are not thought to be %j',
    async (text) => {
      const server = api();
      expect(await new TokenReviews(server).find(text, false)).toBeUndefined();
      expect(server.reviewed).toEqual([]);
    },
  );

  test('of a caller with too many failures are asked about only when they were good before', async () => {
    const now = vi.spyOn(performance, 'now').mockReturnValue(0);
    const server = api();
    const reviews = new TokenReviews(server);
    expect(await reviews.find(good, true)).toBeUndefined();
    expect(server.reviewed).toEqual([]);
    await reviews.find(good, false);
    now.mockReturnValue(60_000);
    expect(await reviews.find(good, true)).toMatchObject({ user: 'ann' });
    expect(server.reviewed).toHaveLength(2);
    now.mockRestore();
  });

  test('are not asked about without end at once', async () => {
    const server = api();
    const gate = Promise.withResolvers<void>();
    const reviews = new TokenReviews(server);
    await reviews.find(good, false);
    server.gate = gate.promise;
    const many = Array.from({ length: 30 }, (_, index) => reviews.find(`x.y.${index}`, false));
    gate.resolve();
    const answers = await Promise.all(many);
    expect(answers.filter((answer) => answer === 'busy')).toHaveLength(10);
    expect(server.reviewed).toHaveLength(21);
    expect(await reviews.find('x.y.29', false)).toBeUndefined();
  });

  test('that cannot be asked about are an error, and are asked about again', async () => {
    const server = api();
    const reviews = new TokenReviews(server);
    server.fault = new Error('away');
    await expect(reviews.find(good, false)).rejects.toThrow('away');
    server.fault = undefined;
    expect(await reviews.find(good, false)).toMatchObject({ user: 'ann' });
  });
});
