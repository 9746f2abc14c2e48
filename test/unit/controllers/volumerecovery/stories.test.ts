import { describe, expect, test } from 'vitest';

import { patience, seeds } from '../../../harness/matrix.ts';
import { tellRecovery } from '../../../harness/volumerecovery/story.ts';
import { stories } from './stories.ts';

describe.each(stories)('$title', (story) => {
  test('as the tale tells it', async () => {
    const { tale } = await tellRecovery(story);
    await expect(`${story.title}\n\n${tale}`).toMatchFileSnapshot(`stories/${story.file}.txt`);
  });

  test(
    'also when the controller dies after any one of its writes',
    async () => {
      const { writes } = await tellRecovery(story);
      expect(writes).toBeGreaterThan(0);
      for (let diesAfter = 1; diesAfter <= writes; diesAfter += 1) await tellRecovery(story, { diesAfter });
    },
    patience(120_000),
  );

  test(
    'also with overlapping passes, lagging caches, failing calls and dying controllers, in many orders',
    async () => {
      for (const seed of seeds(5, 200)) {
        const { writes } = await tellRecovery(story, { seed }).catch((error: unknown) => {
          throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
        });
        expect(writes, `writes with seed ${seed}`).toBeGreaterThan(0);
      }
    },
    patience(120_000),
  );
});
