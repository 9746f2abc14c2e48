import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { taskNameOf } from '../../../apiserver/jobx/uuids.ts';
import { agentTasks } from '../../../crds/types/agenttask.ts';
import { testCluster } from '../../cluster/testing.ts';
import { clientForFile } from '../kube/cluster.ts';
import { Program } from '../stack/program.ts';
import { JobxProject } from './jobx-project.ts';

/* What a caller sees of a task while it runs, at its end, and after it was deleted, with the recorder at work. */

const client = clientForFile();
let folder: string;
let recorder: Program;
let project: JobxProject;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetwright-jobx-'));
  project = await JobxProject.open(async (namespace) => {
    const history = { FLEETWRIGHT_HISTORY_FILE: join(folder, 'history.sqlite') };
    recorder = new Program('the recorder', 'history/main.ts', {
      ...history,
      KUBECONFIG: testCluster().kubeconfigPath,
      FLEETWRIGHT_NAMESPACE: namespace,
      FLEETWRIGHT_WATCH_NAMESPACE: namespace,
      FLEETWRIGHT_HEALTH_PORT: '0',
    });
    // The facade opens the file that it makes.
    await recorder.line(/"starting"/);
    return history;
  });
  project.failing.add('node1');
});
afterAll(async () => {
  await project?.close();
  await recorder?.stop();
  await rm(folder, { recursive: true, force: true });
});

const uuid = 'AbCdEfGhIj1k';
const patience = { timeout: 100_000, interval: 500 };

interface Listed {
  readonly data: readonly { readonly uuid: string; readonly confirm: string }[];
}

async function subtasks(): Promise<Listed> {
  return (await project.call('GET /subtask/:projectid/:taskuuid', { path: { taskuuid: uuid } })) as Listed;
}

/** All that a caller can see of the task. @param batch the uuid of one of its batches */
async function seen(batch: string): Promise<Readonly<Record<string, unknown>>> {
  const task = { path: { uuid } };
  return {
    list: await project.call('GET /task/:projectid'),
    detail: await project.call('GET /task/:projectid/:uuid', task),
    subtasks: await subtasks(),
    log: await project.call('GET /slave/:slave/log/:uuid', { path: { slave: 'any', uuid } }),
    ofBatch: await project.call('GET /slave/:slave/log/:uuid', { path: { slave: 'any', uuid: batch } }),
    count: await project.call('GET /task/:projectid/count'),
    last: await project.call('GET /task/:projectid/analysis/last'),
    date: await project.call('GET /task/:projectid/analysis/date'),
    hour: await project.call('GET /task/:projectid/analysis/hour'),
    runtime: await project.call('GET /task/:projectid/analysis/runtime'),
    query: await project.call('POST /third/interface/query', { body: { uuid: 'AbCdEfGhIj1x', retry_count: 10 } }),
  };
}

/** Variables are not recorded. */
function withoutVariables(shown: unknown): unknown {
  return JSON.parse(JSON.stringify(shown, (key, value: unknown) => (key === 'variable' ? '' : value)));
}

/** What can no longer be done about the task is told, with the reason. */
async function expectNothingDone(subtaskuuid: string): Promise<void> {
  const decide = { path: { uuid, control: 'rollback' } };
  expect(await project.call('PUT /task/:projectid/:uuid/:control', decide)).toEqual({
    stat: false,
    info: expect.stringMatching(
      /^no find task: it was deleted meanwhile, .* run the job with the version before$/,
    ) as string,
  });
  const done = { stat: true, info: 'subtask is done' };
  expect(await project.call('DELETE /task/:projectid/:uuid', { path: { uuid } })).toEqual(done);
  expect(await project.call('PUT /subtask/:projectid/:subtaskuuid/confirm', { path: { subtaskuuid } })).toEqual({
    stat: false,
    info: expect.stringMatching(/^subtask does not wait for confirmation: /) as string,
  });
  const body = { jobname: 'install', group: 'web', uuid };
  expect(await project.call('POST /task/:projectid/job/byname', { body })).toEqual({
    stat: false,
    info: expect.stringMatching(/^uuid has already existed in the task: /) as string,
  });
}

test(
  'a task that was deleted is seen as before, and its log was followed to the end',
  { timeout: 300_000 },
  async () => {
    const group = { name: 'web', group_type: 'list', node: 'node1,node2;node3' };
    expect(await project.call('POST /group/:projectid', { body: group })).toEqual({ stat: true, data: true });
    const body = { jobname: 'install', group: 'web', variable: { version: '2' }, uuid };
    expect(await project.call('POST /task/:projectid/job/byname', { body })).toEqual({ stat: true, uuid, data: 1 });
    const stream = await fetch(`${project.url}/slave/any/log/${uuid}/stream`, { headers: project.app.headers });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const followed = stream.text();
    await expect.poll(async () => (await subtasks()).data[0]?.confirm, patience).toBe('WaitConfirm');
    const subtaskuuid = (await subtasks()).data[0]?.uuid ?? '';
    expect(await project.call('PUT /subtask/:projectid/:subtaskuuid/confirm', { path: { subtaskuuid } })).toEqual({
      stat: true,
      data: 1,
    });
    const events = (await followed).split('\n\n');
    const step = String.raw`data: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;
    const lines = ['node1 failed greet', 'node2 changed greet', 'node3 changed greet'].map((line) => `${step} ${line}`);
    expect(events.join('\n')).toMatch(
      new RegExp(`^: a line for each step\n${lines.join('\n')}\nevent: end\ndata: fail\n$`),
    );

    const before = await seen(subtaskuuid);
    expect(before['list']).toMatchObject({ data: [{ uuid, status: 'fail', variable: 'version: "2"\n' }] });
    const key = { namespace: project.namespace, name: taskNameOf(uuid) };
    await client.delete(agentTasks, key);
    // The recorder lets a task go half a minute after its creation at the earliest.
    await expect
      .poll(async () => (await client.list(agentTasks, { namespace: project.namespace })).items.length, patience)
      .toBe(0);
    // The cache of the facade may show it for a moment longer.
    await expect.poll(() => seen(subtaskuuid), patience).toEqual(withoutVariables(before));
    await expectNothingDone(subtaskuuid);
    const { data: log } = (await project.call('GET /log/:projectid')) as {
      readonly data: readonly { readonly info: string }[];
    };
    expect(log.map(({ info }) => info)).toEqual(
      expect.arrayContaining([`confirm task ${uuid}`, `start task ${uuid}`, 'add group web']),
    );
  },
);
