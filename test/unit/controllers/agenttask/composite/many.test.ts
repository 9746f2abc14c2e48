import { expect, test } from 'vitest';

import { agentTasks, type AgentTask } from '../../../../../crds/types/agenttask.ts';
import { agentTask } from '../../../../harness/agenttask/objects.ts';
import { World } from '../../../../harness/agenttask/world.ts';

const hosts = Array.from({ length: 200 }, (_, index) => `host-${index + 1}`);

test('a task split over 200 hosts of which 20 run at once writes its own status once a second at most', async () => {
  await using world = new World({ maxRuns: 20 });
  // Each second some end.
  for (const [index, host] of hosts.entries()) world.behavesOn(host, { lasts: 3 + (index % 7) });
  world.applies(0, agentTask('fleet', { hosts, splitBy: 'Host' }));
  const writes: number[] = [];
  world.api.onChange(({ plural, event }) => {
    if (
      plural !== agentTasks.plural ||
      event.object.metadata.name !== 'fleet' ||
      (event.object as AgentTask).status === undefined
    )
      return;
    if ((event.object as AgentTask).status?.phase === 'Running') writes.push(world.clock.elapsed);
  });
  await world.play();
  expect(world.task('fleet')?.status).toMatchObject({ phase: 'Succeeded', summary: { total: 200, changed: 200 } });
  expect(world.task('fleet')?.status?.children).toHaveLength(200);
  expect(world.clock.elapsed).toBeGreaterThan(30_000);
  expect(writes.length).toBeGreaterThan(10);
  const pauses = writes.slice(1).map((at, index) => at - (writes[index] ?? 0));
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1000);
}, 120_000);
