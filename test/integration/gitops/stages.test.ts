import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { clusterStages, type ClusterStage } from '../../../crds/types/clusterstage.ts';
import { findCondition, isTrue } from '../../../kube/conditions.ts';
import { Assessor } from '../../gitops/assessor.ts';
import { healthScript } from '../../gitops/customization.ts';
import { tell, type StageStory } from '../../harness/clusterstage/story.ts';
import { stories } from '../../unit/controllers/clusterstage/stories.ts';

/** The program in Go is built where it is not in the cache, with others building beside it. */
const building = 1_200_000;
const script = await healthScript('ClusterStage');
let assessor: Assessor;

beforeAll(async () => {
  assessor = await Assessor.open();
}, building);
afterAll(() => assessor.close());

/** The stages of a story at every moment that anybody could see, each way of standing once. */
async function momentsOf(story: StageStory): Promise<readonly ClusterStage[]> {
  const moments = new Map<string, ClusterStage>();
  await tell(story, {}, ({ api }) =>
    api.onChange(({ plural, event: { type, object } }) => {
      if (plural !== clusterStages.plural || type === 'DELETED') return;
      const stage = structuredClone(object) as ClusterStage;
      // Before anybody has looked at it: the API server gives it a status then, which the model does not.
      if (stage.status?.conditions !== undefined) moments.set(inWords(stage), stage);
    }),
  );
  return [...moments.values()];
}

function inWords({ metadata: { name, generation, deletionTimestamp }, status }: ClusterStage): string {
  const said = status?.conditions?.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`).join();
  return `${name} ${generation} of ${status?.observedGeneration} ${deletionTimestamp ?? ''} ${said}`;
}

/** What tools have to make of a stage that stands so: kstatus (Flux, Helm), and Argo CD. */
function wanted({ metadata, status }: ClusterStage): readonly [string, string] {
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
    const moments = await momentsOf(story);
    const verdicts = moments.map(async (stage) => {
      const [kstatus, health] = await Promise.all([assessor.kstatus(stage), assessor.health(stage, script)]);
      return `${inWords(stage)}: ${kstatus.status} ${health.status}`;
    });
    expect(await Promise.all(verdicts)).toEqual(
      moments.map((stage) => `${inWords(stage)}: ${wanted(stage).join(' ')}`),
    );
    expect(moments.length).toBeGreaterThan(0);
  });
});
