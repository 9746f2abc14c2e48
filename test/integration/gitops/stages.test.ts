import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { clusterStages, type ClusterStage } from '../../../crds/types/clusterstage.ts';
import { findCondition, isTrue } from '../../../kube/conditions.ts';
import { Assessor } from '../../gitops/assessor.ts';
import { healthScript } from '../../gitops/customization.ts';
import { tell } from '../../harness/clusterstage/story.ts';
import { stories } from '../../unit/controllers/clusterstage/stories.ts';
import { Ways, type Wanted } from './ways.ts';

/** The program in Go is built where it is not in the cache, with others building beside it. */
const building = 1_200_000;
const script = await healthScript('ClusterStage');
let assessor: Assessor;

beforeAll(async () => {
  assessor = await Assessor.open();
}, building);
afterAll(() => assessor.close());

/** What tools have to make of a stage that stands so: kstatus (Flux, Helm), and Argo CD. */
function wanted({ metadata, status }: ClusterStage): Wanted {
  const ready = findCondition(status?.conditions, 'Ready');
  if (metadata.deletionTimestamp !== undefined) return ['Terminating', 'Progressing'];
  if (status?.observedGeneration !== metadata.generation) return ['InProgress', 'Progressing'];
  if (ready?.reason === 'Planned') return ['Current', 'Suspended'];
  if (ready?.reason === 'Paused') return ['InProgress', 'Suspended'];
  if (isTrue(status?.conditions, 'Stalled')) return ['Failed', 'Degraded'];
  return isReached(status) ? ['Current', 'Healthy'] : ['InProgress', 'Progressing'];
}

/** By what is recorded of the work itself, not by a condition. */
function isReached(status: ClusterStage['status']): boolean {
  return status?.run?.completionTime !== undefined;
}

describe.each(stories)('$title', (story) => {
  test('is told by every tool at every moment for what it is', async () => {
    const ways = new Ways<ClusterStage>();
    await tell(story, {}, ({ api }) =>
      api.onChange(({ plural, event: { type, object } }) => {
        if (plural === clusterStages.plural && type !== 'DELETED') ways.see(object as ClusterStage);
      }),
    );
    const told = await ways.told(assessor, script);
    expect(told).toEqual(ways.wanted(wanted));
    expect(told.length).toBeGreaterThan(0);
  });
});
