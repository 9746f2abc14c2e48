import { describe, expect, test } from 'vitest';

import { messageOf } from '../../../../kube/thrown.ts';
import { patience, seeds, variants } from '../../../harness/matrix.ts';
import { tell } from '../../../harness/rollingupgrade/story.ts';
import { stories } from './stories.ts';

test.each(stories)('$title', async (story) => {
  const { tale } = await tell(story);
  await expect(`${story.title}\n\n${tale}`).toMatchFileSnapshot(`stories/${story.file}.txt`);
});

/** What ways-out.test.ts has not. */
const byDay = new Set(['task-fails', 'not-back', 'stopped-unsettled', 'deleted-while-returning']);
const chosen = variants(
  stories,
  stories.filter(({ file }) => byDay.has(file)),
);

describe.each(chosen)('$title', (story) => {
  test(
    'also when the controller dies after any one of its writes',
    async () => {
      const { writes } = await tell(story);
      expect(writes).toBeGreaterThan(0);
      for (let diesAfter = 1; diesAfter <= writes; diesAfter += 1) await tell(story, { diesAfter });
    },
    patience(120_000),
  );

  test(
    'also with overlapping passes, lagging caches, failing writes and dying controllers, in many orders',
    async () => {
      for (const seed of seeds(2, 100)) {
        const { tale } = await tell(story, { seed }).catch((error: unknown) => {
          throw new Error(`seed ${seed}: ${messageOf(error)}`, { cause: error });
        });
        expect(tale, `seed ${seed}`).toContain('applied');
      }
    },
    patience(120_000),
  );
});
