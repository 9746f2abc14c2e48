import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Assessor } from '../../gitops/assessor.ts';
import { job } from '../agenttask/objects.ts';
import { Site } from '../agenttask/site.ts';
import { Moments } from './moments.ts';

/** The program in Go is built where it is not in the cache, with others building beside it. */
const building = 1_200_000;
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
    await site.controllers.start();
  }, building);
  afterAll(async () => {
    await site.close();
    moments.close();
    await assessor.close();
  });

  test('one that succeeds is current at its end and not before', async () => {
    await site.createTask('well', { hosts: ['web-1.example.com'], content: good });
    expect(await moments.until('well', 'Current')).toEqual(['InProgress', 'Current']);
  });

  test('one that fails has failed, and was never current', async () => {
    await site.createTask('badly', { hosts: ['web-2.example.com'], content: bad });
    expect(await moments.until('badly', 'Failed')).toEqual(['InProgress', 'Failed']);
  });

  test('one that lacks its AgentJob has failed until that comes, and goes on by itself', async () => {
    await site.createTask('early', { hosts: ['web-3.example.com'], jobRef: { name: 'late' } });
    await moments.until('early', 'Failed');
    await site.mustCreate(job('late', { content: good }));
    expect(await moments.until('early', 'Current')).toEqual(['InProgress', 'Failed', 'InProgress', 'Current']);
  });

  test('one that is split is current when all of its children have succeeded', async () => {
    await site.createTask('split', { hosts: ['web-4.example.com', 'web-5.example.com'], splitBy: 'Host', content: good });
    expect(await moments.until('split', 'Current')).toEqual(['InProgress', 'Current']);
  });

  test('one that is deleted while it runs is terminating until its run has ended', async () => {
    await site.createTask('goes', { hosts: ['web-6.example.com'], content: endless });
    await site.tasks.ready('goes', 'Running');
    await site.must('delete', 'agenttask', 'goes', '--wait=false');
    await site.tasks.gone('goes');
    expect(await moments.until('goes', 'Terminating')).toEqual(['InProgress', 'Terminating']);
  });

  test('a dry run is current when its plan is written, and under way again when it is to be run', async () => {
    await site.createTask('planned', { hosts: ['web-7.example.com'], content: good, dryRun: true });
    await moments.until('planned', 'Current');
    await site.patchTask('planned', { dryRun: false });
    await site.tasks.ended('planned');
    expect(await moments.until('planned', 'Current')).toEqual(['InProgress', 'Current', 'InProgress', 'Current']);
  });

  test('one that has succeeded stays current when its time to live is changed afterwards', async () => {
    await site.finish('kept', { hosts: ['web-8.example.com'], content: good });
    await site.patchTask('kept', { ttlSecondsAfterFinished: 86_400 });
    await site.tasks.until(() => (site.tasks.get('kept')?.metadata.generation === 2 ? true : undefined));
    expect(await moments.until('kept', 'Current', 20_000)).toEqual(['InProgress', 'Current', 'InProgress', 'Current']);
  });

  test('kubectl wait comes back at the end of a task, however it ended, and tells the one end from the other', async () => {
    await site.createTask('waited-for', { hosts: ['web-9.example.com'], content: bad });
    await site.must('wait', 'agenttask/waited-for', '--for=jsonpath={.status.completionTime}', '--timeout=100s');
    await site.must('wait', 'agenttask/waited-for', '--for=condition=Succeeded=false', '--timeout=1s');
    expect((await site.run('wait', 'agenttask/waited-for', '--for=condition=Succeeded', '--timeout=1s')).code).toBe(1);
  });
});
