import { afterAll, beforeAll, describe, test, vi } from 'vitest';

import { Assessor } from '../../gitops/assessor.ts';
import { job } from '../agenttask/objects.ts';
import { Site } from '../agenttask/site.ts';
import { Moments } from './moments.ts';

/** The program in Go is built where it is not in the cache, with others building beside it. */
const building = 1_200_000;
const patience = { timeout: 110_000, interval: 200 };
/** Steps that run beside Ansible and need no host. */
const good = '- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: {msg: all is well}\n';
const bad = good.replace('debug: {msg: all is well}', 'fail: {msg: the disk is full}');
const endless = good.replace('debug: {msg: all is well}', 'pause: {minutes: 60}');

describe.concurrent('what tools that wait see of a task, from its creation on', () => {
  let site: Site;
  let assessor: Assessor;
  let moments: Moments;
  beforeAll(async () => {
    assessor = await Assessor.open();
    site = await Site.open();
    moments = new Moments(site.cluster, site.namespace, assessor);
    // Its watch has to be there before a task begins.
    await site.createTask('looked-at', { hosts: ['web-10.example.com'], content: good, paused: true });
    await vi.waitFor(async () => {
      if ((await moments.of('looked-at')).length === 0) throw new Error('kubectl does not watch yet');
    }, patience);
    await site.controllers.start();
  }, building);
  afterAll(async () => {
    await site.close();
    moments.close();
    await assessor.close();
  });

  test('one that succeeds is current at its end and not before', async ({ expect }) => {
    await site.createTask('well', { hosts: ['web-1.example.com'], content: good });
    await expect.poll(() => moments.of('well'), patience).toEqual(['InProgress', 'Current']);
  });

  test('one that fails has failed, and was never current', async ({ expect }) => {
    await site.createTask('badly', { hosts: ['web-2.example.com'], content: bad });
    await expect.poll(() => moments.of('badly'), patience).toEqual(['InProgress', 'Failed']);
  });

  test('one that lacks its AgentJob has failed until that comes, and goes on by itself', async ({ expect }) => {
    await site.createTask('early', { hosts: ['web-3.example.com'], jobRef: { name: 'late' } });
    await expect.poll(() => moments.of('early'), patience).toEqual(['InProgress', 'Failed']);
    await site.mustCreate(job('late', { content: good }));
    await expect.poll(() => moments.of('early'), patience).toEqual(['InProgress', 'Failed', 'InProgress', 'Current']);
  });

  test('one that is split is current when all of its children have succeeded', async ({ expect }) => {
    await site.createTask('split', {
      hosts: ['web-4.example.com', 'web-5.example.com'],
      splitBy: 'Host',
      content: good,
    });
    await expect.poll(() => moments.of('split'), patience).toEqual(['InProgress', 'Current']);
  });

  test('one that is deleted while it runs is terminating until its run has ended', async ({ expect }) => {
    await site.createTask('goes', { hosts: ['web-6.example.com'], content: endless });
    await site.tasks.ready('goes', 'Running');
    await site.must('delete', 'agenttask', 'goes', '--wait=false');
    await site.tasks.gone('goes');
    await expect.poll(() => moments.of('goes'), patience).toEqual(['InProgress', 'Terminating']);
  });

  test('a dry run is current when its plan is written, and under way again when it is to be run', async ({
    expect,
  }) => {
    await site.createTask('planned', { hosts: ['web-7.example.com'], content: good, dryRun: true });
    await expect.poll(() => moments.of('planned'), patience).toEqual(['InProgress', 'Current']);
    await site.patchTask('planned', { dryRun: false });
    await expect
      .poll(() => moments.of('planned'), patience)
      .toEqual(['InProgress', 'Current', 'InProgress', 'Current']);
  });

  test('one that has succeeded stays current when its time to live is changed afterwards', async ({ expect }) => {
    await site.finish('kept', { hosts: ['web-8.example.com'], content: good });
    await site.patchTask('kept', { ttlSecondsAfterFinished: 86_400 });
    await expect.poll(() => moments.of('kept'), patience).toEqual(['InProgress', 'Current', 'InProgress', 'Current']);
  });

  test('kubectl wait comes back at the end of a task, however it ended, and tells the one end from the other', async ({
    expect,
  }) => {
    await site.createTask('waited-for', { hosts: ['web-9.example.com'], content: bad });
    await site.must('wait', 'agenttask/waited-for', '--for=jsonpath={.status.completionTime}', '--timeout=100s');
    await site.must('wait', 'agenttask/waited-for', '--for=condition=Succeeded=false', '--timeout=60s');
    expect((await site.run('wait', 'agenttask/waited-for', '--for=condition=Succeeded', '--timeout=1s')).code).toBe(1);
  });
});
