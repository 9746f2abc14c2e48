import { describe, expect, test } from 'vitest';

import { tell } from '../../../harness/clusterstage/story.ts';
import { amount, patience, seeds } from '../../../harness/matrix.ts';
import { stories } from './stories.ts';

describe.each(stories)('$title', (story) => {
  test('as the tale tells it', async () => {
    const { tale } = await tell(story);
    await expect(`${story.title}\n\n${tale}`).toMatchFileSnapshot(`stories/${story.file}.txt`);
  });

  test(
    'also when the controller dies after one of its writes',
    async () => {
      const { writes } = await tell(story);
      expect(writes).toBeGreaterThan(0);
      const every = Math.ceil(writes / amount(10, writes));
      for (let diesAfter = 1; diesAfter <= writes; diesAfter += every) await tell(story, { diesAfter });
    },
    patience(120_000),
  );

  test(
    'also with overlapping passes, lagging caches, failing writes and dying controllers, in many orders',
    async () => {
      let all = 0;
      for (const seed of seeds(3, 200)) {
        const { writes } = await tell(story, { seed }).catch((error: unknown) => {
          throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
        });
        all += writes;
      }
      expect(all).toBeGreaterThan(0);
    },
    patience(120_000),
  );
});
