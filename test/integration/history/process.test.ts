import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { historyFinalizer } from '../../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { agentTaskHistory } from '../../../history/agenttask/kind.ts';
import { stepsOf as recordedSteps } from '../../../history/agenttask/lookups.ts';
import { openHistory } from '../../../history/sqlite.ts';
import type { Recorded } from '../../../history/store.ts';
import { leases } from '../../../kube/builtin.ts';
import { testCluster, uniqueNamespace } from '../../cluster/testing.ts';
import { connect } from '../kube/cluster.ts';
import { recorderSite } from './recorder-process.ts';
import { createTask, endTask, getTask, isHeld, stepsOf, untilTask } from './world.ts';

test('without a history nothing blocks the deletion of a task', async () => {
  const namespace = await uniqueNamespace();
  const client = connect(testCluster().kubeconfigPath);
  const task = await createTask(client, namespace, 'task');
  await endTask(client, task);
  expect((await getTask(client, namespace, 'task'))?.metadata.finalizers).toBeUndefined();
  await client.delete(agentTasks, { namespace, name: 'task' });
  expect(await getTask(client, namespace, 'task')).toBeUndefined();
});

test('of two recorders one works; when it is killed or stopped, the other goes on', async () => {
  const { namespace, historyFile, start } = await recorderSite();
  const client = connect(testCluster().kubeconfigPath);
  const recorders = [start(), start()];
  await Promise.all(recorders.map((recorder) => recorder.line(/"starting"/)));
  for (const [name, signal] of [
    ['task-0', 'SIGKILL'],
    ['task-1', 'SIGTERM'],
  ] as const) {
    const task = await createTask(client, namespace, name);
    await untilTask(client, namespace, name, isHeld);
    await endTask(client, task);
    // The log tells who works: whoever recorded this task.
    const recording = new RegExp(`"uid":"${task.metadata.uid}".*"recorded"`);
    const working = await Promise.any(recorders.map(async (recorder) => recorder.line(recording).then(() => recorder)));
    expect(recorders.filter((recorder) => recording.test(recorder.log))).toEqual([working]);
    working.kill(signal);
    expect(await working.stop()).toBe(signal === 'SIGTERM' ? 'exit code 0' : 'SIGKILL');
  }
  const store = await openHistory(historyFile, { readOnly: true });
  for (const name of ['task-0', 'task-1']) {
    const record = await store.byName(agentTaskHistory, { namespace, name });
    expect(record?.complete).toBe(true);
    expect((await recordedSteps(store, [record?.object.metadata.uid ?? ''])).map((step) => step.name)).toEqual(
      stepsOf(name).map((step) => step.name),
    );
  }
  await store.close();
  // The lease that the second gave back is nobody's.
  expect((await client.get(leases, { namespace, name: 'fleetwright-history' })).spec.holderIdentity).toBe('');
});

test('--uninstall releases every task, but not while a recorder runs', async () => {
  const { namespace, start, run } = await recorderSite();
  const client = connect(testCluster().kubeconfigPath);
  const recorder = start();
  await createTask(client, namespace, 'of-kubectl');
  await createTask(client, namespace, 'of-facade', { finalizers: [historyFinalizer, 'test.fleetwright.io/other'] });
  await untilTask(client, namespace, 'of-kubectl', isHeld);
  const refused = await run('--uninstall');
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^fleetwright-history: the recorder \S+ still runs \(it holds the lease .*\): stop it first, .*\n$/,
    ),
  });
  expect(isHeld(await getTask(client, namespace, 'of-kubectl'))).toBe(true);
  expect(await recorder.stop()).toBe('exit code 0');
  expect(await run('--uninstall')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/"released":2,"msg":"nothing is held for the history any more"/),
  });
  expect((await getTask(client, namespace, 'of-facade'))?.metadata.finalizers).toEqual(['test.fleetwright.io/other']);
  expect((await getTask(client, namespace, 'of-kubectl'))?.metadata.finalizers).toBeUndefined();
  await client.mergePatch(agentTasks, { namespace, name: 'of-facade' }, { metadata: { finalizers: null } });
});

test('a log that is missing or spoiled holds nothing up, and neither content nor variables are kept', async () => {
  const { namespace, historyFile, start } = await recorderSite();
  const client = connect(testCluster().kubeconfigPath);
  const task = await createTask(client, namespace, 'task', { finalizers: [historyFinalizer] });
  await client.mergePatch(
    agentTasks,
    { namespace, name: 'task' },
    {
      status: {
        phase: 'Failed',
        run: { id: 'run-without-log', executor: 'local', location: 'here', timeoutSeconds: 60 },
      },
    },
    { subresource: 'status' },
  );
  const recorder = start();
  await recorder.line(/"recorded"/);
  expect(await recordOf(historyFile, namespace, 'task')).toMatchObject({
    complete: true,
    object: { metadata: { uid: task.metadata.uid }, status: { phase: 'Failed' } },
  });
  await recorder.stop();
  const { spec } = (await recordOf(historyFile, namespace, 'task'))?.object ?? {};
  expect(spec).toMatchObject({ hosts: ['host-a', 'host-b'], correlationID: '16-16', source: 'hubble' });
  expect(Object.keys(spec ?? {}).filter((name) => name === 'content' || name === 'variables')).toEqual([]);
  expect((await readFile(historyFile)).includes('not for the history')).toBe(false);
  await client.mergePatch(agentTasks, { namespace, name: 'task' }, { metadata: { finalizers: null } });
});

test('a recorder that cannot work says what to do', async () => {
  const { run } = await recorderSite();
  expect(await run('--history-file=/dev/null/history.sqlite')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^fleetwright-history: the history \/dev\/null\/history.sqlite cannot be used .*\n$/),
  });
  expect(await run('--history-file=')).toMatchObject({ code: 1, stderr: expect.stringContaining('--history-file') });
});

async function recordOf(file: string, namespace: string, name: string): Promise<Recorded<AgentTask> | undefined> {
  const store = await openHistory(file, { readOnly: true });
  try {
    return await store.byName(agentTaskHistory, { namespace, name });
  } finally {
    await store.close();
  }
}
