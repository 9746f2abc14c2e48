import { expect, onTestFinished, test } from 'vitest';

import { historyFinalizer } from '../../../../crds/labels.ts';
import { deployGroups } from '../../../../crds/types/deploygroup.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../../../history/agenttask/kind.ts';
import { stepsOf as recordedSteps } from '../../../../history/agenttask/lookups.ts';
import { testCluster } from '../../../cluster/testing.ts';
import { PostgresServer } from '../../../postgres/server.ts';
import { connect } from '../../kube/cluster.ts';
import { recorderSite } from '../recorder-process.ts';
import { createTask, endTask, getTask, isHeld, stepsOf, untilTask } from '../world.ts';
import { describeWithPostgres, openIn } from './opened.ts';

describeWithPostgres('three recorders on one PostgreSQL', () => {
  test('record each task once, whether it is away, or the one that leads is killed', { timeout: 300_000 }, async () => {
    const server = await PostgresServer.start();
    onTestFinished(() => server.close());
    const place = await server.newPlace();
    const { namespace, start } = await recorderSite();
    const client = connect(testCluster().kubeconfigPath);
    const settings = {
      FLEETWRIGHT_HISTORY_FILE: '',
      FLEETWRIGHT_HISTORY_URL: place.url,
      FLEETWRIGHT_HISTORY_PASSWORD_FILE: place.passwordFile ?? '',
    };
    const recorders = [start(settings), start(settings), start(settings)];
    await Promise.all(recorders.map((recorder) => recorder.line(/"starting"/)));
    const store = await openIn(place, { readOnly: true });
    const isRecorded = async (name: string): Promise<boolean> =>
      (await store.byName(agentTaskHistory, { namespace, name }))?.complete === true;

    await client.create(deployGroups, {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'DeployGroup',
      metadata: { namespace, name: 'all' },
      spec: { type: 'List', list: [{ hosts: ['host-a'] }] },
    });
    const ended = await createTask(client, namespace, 'before', { finalizers: [historyFinalizer] });
    await untilTask(client, namespace, 'before', isHeld);
    await endTask(client, ended);
    await expect.poll(() => isRecorded('before')).toBe(true);

    const during = await createTask(client, namespace, 'during', { finalizers: [historyFinalizer] });
    await server.stop('kill');
    await endTask(client, during);
    await client.delete(agentTasks, { namespace, name: 'during' });
    await expect
      .poll(() => recorders.some((recorder) => /HISTORY_UNREACHABLE|does not answer/.test(recorder.log)))
      .toBe(true);
    expect(isHeld(await getTask(client, namespace, 'during'))).toBe(true);
    await server.start();
    await expect.poll(() => isRecorded('during'), { timeout: 100_000 }).toBe(true);

    const led = new RegExp(`"uid":"${during.metadata.uid}".*"recorded"`);
    const leader = recorders.find((recorder) => led.test(recorder.log));
    leader?.kill('SIGKILL');
    const after = await createTask(client, namespace, 'after', { finalizers: [historyFinalizer] });
    await endTask(client, after);
    await expect.poll(() => isRecorded('after'), { timeout: 100_000 }).toBe(true);

    // The group goes as soon as its deletion is told.
    await client.delete(deployGroups, { namespace, name: 'all' });
    await expect
      .poll(async () => (await client.list(deployGroups, { namespace })).items.length, { timeout: 100_000 })
      .toBe(0);
    const log = await store.operationsIn(namespace, 10);
    expect(log.map(({ operation, kind }) => `${operation} ${kind}`)).toContain('delete DeployGroup');
    for (const { metadata } of [ended, during, after]) {
      const rows = await recordedSteps(store, [metadata.uid ?? '']);
      expect(rows.map(({ name }) => name)).toEqual(stepsOf(metadata.name).map(({ name }) => name));
    }
    await expect
      .poll(async () => (await client.list(agentTasks, { namespace })).items.filter(isHeld).length, {
        timeout: 100_000,
      })
      .toBe(0);
  });
});
