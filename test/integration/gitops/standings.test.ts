import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';

import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { Assessor } from '../../gitops/assessor.ts';
import { customizationOf, healthScript, healthTests, recorded } from '../../gitops/customization.ts';
import { neutral } from '../../gitops/neutral.ts';
import { job } from '../agenttask/objects.ts';
import { Site } from '../agenttask/site.ts';
import { letGo, standings, unseen } from './standings.ts';

/** Set it to write testdata/ anew from tasks of today, and look at what git says has changed. */
const recording = process.env['FLEETWRIGHT_RECORD'] === '1';
/** The program in Go is built where it is not in the cache, with others building beside it. */
const building = 1_200_000;

const all = [unseen, ...standings];
const brought = new Map<string, AgentTask>();
let site: Site;
let assessor: Assessor;

beforeAll(async () => {
  assessor = await Assessor.open();
  site = await Site.open({ maxRuns: 6 });
  brought.set(unseen.name, await unseen.bring(site, unseen.name));
  await site.controllers.start();
  await Promise.all(standings.map(async ({ name, bring }) => brought.set(name, await bring(site, name))));
}, building);

afterAll(async () => {
  try {
    await letGo(site);
  } finally {
    await site.close();
    await assessor.close();
  }
});

function live(name: string): AgentTask {
  const task = brought.get(name);
  if (task === undefined) throw new Error(`the task ${name} was not made`);
  return task;
}

describe.each(all)('a task that is $name', ({ name, kstatus }) => {
  const inputPath = `testdata/${name}.yaml`;

  test(`counts as ${kstatus} for kstatus`, async () => {
    expect((await assessor.kstatus(live(name))).status).toBe(kstatus);
  });

  test('looks as it was recorded; FLEETWRIGHT_RECORD=1 records it anew', async () => {
    const now = neutral(live(name));
    if (recording)
      await writeFile(join(customizationOf('AgentTask'), inputPath), stringify(now, { version: '1.1', lineWidth: 0 }));
    expect(now).toEqual(await recorded('AgentTask', inputPath));
  });

  test('has the health for Argo CD that health_test.yaml says', async () => {
    const expected = (await healthTests('AgentTask')).find((entry) => entry.inputPath === inputPath);
    expect(await assessor.health(neutral(live(name)), await healthScript('AgentTask'))).toEqual(expected?.healthStatus);
  });
});

test('an AgentJob, which has no status, is current as soon as it is there', async () => {
  await site.mustCreate(job('spare', { content: '- debug:\n' }));
  const spare: object = JSON.parse(await site.must('get', 'agentjob', 'spare', '--output=json'));
  expect((await assessor.kstatus(spare)).status).toBe('Current');
});
