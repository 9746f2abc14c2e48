import { pino } from 'pino';
import { expect, test } from 'vitest';

import { sweep } from '../../../../../controllers/agenttask/run/housekeeping.ts';
import { settingsOf } from '../../../../../controllers/agenttask/run/settings.ts';
import { agentTasks, type AgentTaskStatus } from '../../../../../crds/types/agenttask.ts';
import { ModelApi } from '../../../../harness/world/api.ts';
import { ModelClient } from '../../../../harness/world/client.ts';
import { ManualClock } from '../../../../harness/world/clock.ts';
import { ModelExecutor } from '../../../../harness/agenttask/executor.ts';
import { Life } from '../../../../harness/world/life.ts';
import { Machine } from '../../../../harness/agenttask/machine.ts';
import { agentTask } from '../../../../harness/agenttask/objects.ts';

test('sweeping removes the files of no task, stops what still runs there, and leaves all others', async () => {
  const clock = new ManualClock();
  const api = new ModelApi(clock);
  const stopped: string[] = [];
  const machine = new Machine(
    'here',
    clock,
    () => ({}),
    () => undefined,
    ({ id }, what) => stopped.push(`${id} ${what}`),
  );
  const life = new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined });
  const prepare = (id: string): void => machine.prepare({ ...settingsOf(agentTask('any'), undefined), id });

  const recorded = api.create(agentTasks, agentTask('recorded'));
  const run: AgentTaskStatus['run'] = {
    id: `${recorded.metadata.uid}-1-1`,
    executor: 'local',
    location: 'here',
    timeoutSeconds: 3600,
  };
  api.mergePatch(agentTasks, recorded.metadata, { status: { phase: 'Running', run } }, 'status');
  const about = api.create(agentTasks, agentTask('about-to-be-recorded'));
  const changed = api.create(agentTasks, agentTask('changed-since'));
  api.mergePatch(agentTasks, changed.metadata, { spec: { user: 'ops' } });

  const keep = [run.id, `${about.metadata.uid}-1-1`];
  const orphans = [`${recorded.metadata.uid}-1-2`, `${changed.metadata.uid}-1-1`, 'unknown-1-1'];
  for (const id of [...keep, ...orphans]) prepare(id);
  machine.start('unknown-1-1');

  const parts = {
    executor: new ModelExecutor(machine, life),
    client: new ModelClient(api, life),
    log: pino({ level: 'silent' }),
  };
  expect(await sweep(parts)).toEqual(orphans);
  expect([...machine.runs.keys()]).toEqual(keep);
  expect(stopped).toEqual(['unknown-1-1 gets kill', 'unknown-1-1 ends: canceled']);
  expect(await sweep(parts)).toEqual([]);
});
