import type { StageStory } from '../../../harness/clusterstage/story.ts';
import { draining } from './stories/draining.ts';
import { inAndOut } from './stories/in-and-out.ts';
import { limits } from './stories/limits.ts';
import { upgrading } from './stories/upgrading.ts';

/** How stages come and go when nobody but their owners interferes. */
export const stories: readonly StageStory[] = [...inAndOut, ...draining, ...upgrading, ...limits];
