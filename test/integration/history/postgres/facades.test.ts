import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { taskNameOf } from '../../../../apiserver/jobx/uuids.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { testCluster } from '../../../cluster/testing.ts';
import type { PostgresPlace } from '../../../../history/postgres/place.ts';
import { variants } from '../../../harness/matrix.ts';
import { PostgresServer } from '../../../postgres/server.ts';
import { callJobx, type DocumentedCall } from '../../apiserver/jobx.ts';
import { JobxProject } from '../../apiserver/jobx-project.ts';
import { launchFacade, type FacadeProcess } from '../../apiserver/process.ts';
import { clientForFile } from '../../kube/cluster.ts';
import { Program } from '../../stack/program.ts';
import { describeWithPostgres } from './opened.ts';

/* Three facades, and two recorders of which one works, on one PostgreSQL. */

const patience = { timeout: 100_000, interval: 500 };

/** What callers see of a task, by calls that the history has a part in. */
const calls: readonly DocumentedCall[] = [
  'GET /task/:projectid',
  'GET /task/:projectid/:uuid',
  'GET /task/:projectid/count',
  'GET /subtask/:projectid/:taskuuid',
  'GET /slave/:slave/log/:uuid',
  'GET /task/:projectid/analysis/last',
  'GET /task/:projectid/analysis/date',
  'GET /task/:projectid/analysis/hour',
  'GET /task/:projectid/analysis/runtime',
];

describeWithPostgres('facades that share a history in PostgreSQL', () => {
  const client = clientForFile();
  let server: PostgresServer;
  let place: PostgresPlace;
  let project: JobxProject;
  let recorders: readonly Program[] = [];
  let others: readonly FacadeProcess[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start();
    place = await server.newPlace();
    const { url, passwordFile = '' } = place;
    const history = { FLEETWRIGHT_HISTORY_URL: url, FLEETWRIGHT_HISTORY_PASSWORD_FILE: passwordFile };
    project = await JobxProject.open(async (namespace) => {
      recorders = ['one recorder', 'another recorder'].map(
        (name) =>
          new Program(name, 'history/main.ts', {
            ...history,
            KUBECONFIG: testCluster().kubeconfigPath,
            FLEETWRIGHT_NAMESPACE: namespace,
            FLEETWRIGHT_WATCH_NAMESPACE: namespace,
            FLEETWRIGHT_HEALTH_PORT: '0',
            FLEETWRIGHT_LEASE_DURATION_SECONDS: '6',
          }),
      );
      return history;
    });
    project.failing.add('node1');
    const group = { name: 'web', group_type: 'list', node: 'node1;node2;node3' };
    await project.call('POST /group/:projectid', { body: group });
    const { namespace } = project;
    const env = { FLEETWRIGHT_JOBX_PROJECTS: `1=${namespace}`, ...history };
    others = await Promise.all([1, 2].map(() => launchFacade(testCluster().kubeconfigPath, namespace, env)));
  }, 300_000);
  afterAll(async () => {
    await Promise.all(others.map((facade) => facade.stop()));
    await project?.close();
    await Promise.all(recorders.map((recorder) => recorder.stop()));
    await server?.close();
  });

  async function seenAt(url: string, uuid: string): Promise<readonly unknown[]> {
    const said = { path: { projectid: 1, uuid, taskuuid: uuid, slave: 'any' } };
    return Promise.all(calls.map(async (call) => (await callJobx(url, project.app.headers, call, said)).body));
  }

  /** What all facades say, once they say the same. */
  async function seen(uuid: string): Promise<readonly unknown[]> {
    const urls = [project.url, ...others.map(({ url }) => url)];
    const [first = [], ...rest] = await Promise.all(urls.map((url) => seenAt(url, uuid)));
    for (const said of rest) expect(said).toEqual(first);
    return first;
  }

  /** Starts a task of three batches, of which the first fails. @returns the uuid of that batch, which waits */
  async function startTask(uuid: string): Promise<string> {
    const body = { jobname: 'install', group: 'web', uuid };
    expect(await project.call('POST /task/:projectid/job/byname', { body })).toEqual({ stat: true, uuid, data: 1 });
    await project.waitsForConfirmation(uuid);
    return String((await project.subtasks(uuid))[0]?.['uuid']);
  }

  /** How the database goes away in the midst of a task, and what brings it back. */
  const outages = {
    'is killed in the midst of a commit': async () => {
      await server.holdCommits();
      const away = server.stop('commit');
      return async () => {
        await away;
        return () => server.start();
      };
    },
    'is stopped for 30 s': async () => {
      await server.stop();
      return async () => {
        await delay(30_000);
        return () => server.start();
      };
    },
    'stands still for 30 s': async () => {
      const thaw = await server.freeze();
      onTestFinished(thaw);
      return async () => {
        await delay(30_000);
        return async () => thaw();
      };
    },
  };
  const [byDay = 'is killed in the midst of a commit', ...byNight] = Object.keys(outages) as (keyof typeof outages)[];

  test.each(variants([byDay, ...byNight], [byDay]))(
    'answer alike for a task that is there and for one that is gone, of which nothing is lost when PostgreSQL %s',
    { timeout: 400_000 },
    async (how) => {
      // The last letter says that it takes nothing back.
      const uuid = `AbCdEfGhI${byNight.indexOf(how) + 1}jk`;
      const first = await startTask(uuid);
      const inTheMidst = await outages[how]();
      const confirmed = { path: { subtaskuuid: first } };
      expect(await project.call('PUT /subtask/:projectid/:subtaskuuid/confirm', confirmed)).toEqual({
        stat: true,
        data: 1,
      });
      // Tasks go on without the database, and so do answers about what is there.
      await project.becomes(uuid, 'fail');
      const bringBack = await inTheMidst();
      const count = { path: { projectid: 1 } };
      expect(await callJobx(project.url, project.app.headers, 'GET /task/:projectid/count', count)).toMatchObject({
        status: 503,
        body: { stat: false, info: expect.stringContaining('try again') },
      });
      others[1]?.kill('SIGKILL');
      others = others.slice(0, 1);
      await bringBack();
      const tasks = byNight.indexOf(how) + 2;
      let before: readonly unknown[] = [];
      await expect
        .poll(async () => (before = await seen(uuid)), patience)
        .toMatchObject([{}, { data: { status: 'fail' } }, { data: { fail: tasks } }, {}, {}, {}, {}, {}, {}]);

      const { namespace } = project;
      await client.delete(agentTasks, { namespace, name: taskNameOf(uuid) });
      await expect.poll(async () => (await client.list(agentTasks, { namespace })).items.length, patience).toBe(0);
      await expect.poll(() => seen(uuid), patience).toEqual(before);

      expect(await recordsOf(uuid)).toEqual(['task 1 0', 'task batch 1 1 1', 'task batch 2 1 1', 'task batch 3 1 1']);
      expect(await operationsOn(uuid)).toEqual([
        { operation: 'confirm', times: 1 },
        { operation: 'create', times: 1 },
      ]);
    },
  );

  /** What was recorded of a task and of its batches, each with its state (1: whole) and the lines of its log. */
  async function recordsOf(uuid: string): Promise<readonly string[]> {
    const rows = await server.query(
      `SELECT name, state, (SELECT count(*)::int FROM agenttask_step WHERE record = key) AS steps FROM record
       WHERE name LIKE '${taskNameOf(uuid)}%' ORDER BY name`,
      place,
    );
    return rows.map((row) =>
      Object.values(row)
        .join(' ')
        .replace(taskNameOf(uuid), 'task')
        .replace(/-[0-9a-f]+-/, ' batch '),
    );
  }

  /** How often what was recorded as done to a task. A deletion is not where the task was recorded before it. */
  async function operationsOn(uuid: string): Promise<readonly unknown[]> {
    return server.query(
      `SELECT operation, count(*)::int AS times FROM operation JOIN record ON key = record
       WHERE name = '${taskNameOf(uuid)}' AND operation <> 'delete' GROUP BY 1 ORDER BY 1`,
      place,
    );
  }
});
