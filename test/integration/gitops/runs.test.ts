import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { isFinished } from '../../../controllers/agenttask/phases.ts';
import { findCondition, isTrue } from '../../../kube/conditions.ts';
import { Assessor } from '../../gitops/assessor.ts';
import { healthScript } from '../../gitops/customization.ts';
import { tell } from '../../harness/agenttask/story.ts';
import { batches } from '../../unit/controllers/agenttask/batches.ts';
import { Ways, type Wanted } from './ways.ts';

/** The program in Go is built where it is not in the cache, with others building beside it. */
const building = 1_200_000;
const script = await healthScript('AgentTask');
let assessor: Assessor;

beforeAll(async () => {
  assessor = await Assessor.open();
}, building);
afterAll(() => assessor.close());

/** What tools have to make of a task that stands so: kstatus (Flux, Helm), and Argo CD. */
function wanted(task: AgentTask): Wanted {
  const { metadata, status } = task;
  const deleted = metadata.deletionTimestamp !== undefined;
  const ended = { Succeeded: 'Healthy', none: 'Progressing' }[endOf(task)] ?? 'Degraded';
  if (deleted) return ['Terminating', ended];
  if (status?.observedGeneration !== metadata.generation) return ['InProgress', ended];
  if (isFinished(task)) return [ended === 'Healthy' ? 'Current' : 'Failed', ended];
  // Whoever waits for a person is told to see to it, and no sync fails of it.
  if (status?.waiting !== undefined) return ['Failed', 'Suspended'];
  const reason = findCondition(status?.conditions, 'Ready')?.reason;
  if (reason === 'Planned') return ['Current', 'Suspended'];
  if (reason === 'Paused') return ['InProgress', 'Suspended'];
  return isTrue(status?.conditions, 'Stalled') ? ['Failed', 'Suspended'] : ['InProgress', 'Progressing'];
}

function endOf(task: AgentTask): string {
  return isFinished(task) ? (task.status?.phase ?? 'none') : 'none';
}

describe.each(batches)('$title', (story) => {
  test('is told by every tool at every moment for what it is', async () => {
    const ways = new Ways<AgentTask>();
    await tell({
      ...story,
      script: (world) => {
        world.api.onChange(({ plural, event: { type, object } }) => {
          if (plural === agentTasks.plural && type !== 'DELETED') ways.see(object as AgentTask);
        });
        story.script(world);
      },
    });
    const told = await ways.told(assessor, script);
    expect(told).toEqual(ways.wanted(wanted));
    expect(told.length).toBeGreaterThan(0);
  });
});
