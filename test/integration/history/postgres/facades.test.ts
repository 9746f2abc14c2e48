import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { taskNameOf } from '../../../../apiserver/jobx/uuids.ts';
import { agentTasks } from '../../../../crds/types/agenttask.ts';
import { testCluster } from '../../../cluster/testing.ts';
import { postgresAvailable } from '../../../postgres/available.ts';
import { PostgresServer } from '../../../postgres/server.ts';
import { callJobx, type DocumentedCall } from '../../apiserver/jobx.ts';
import { JobxProject } from '../../apiserver/jobx-project.ts';
import { launchFacade, type FacadeProcess } from '../../apiserver/process.ts';
import { clientForFile } from '../../kube/cluster.ts';
import { Program } from '../../stack/program.ts';

/* Three facades, and two recorders of which one works, on one PostgreSQL. */

const available = await postgresAvailable();
const uuid = 'AbCdEfGhIj1k';
const patience = { timeout: 100_000, interval: 500 };

/** What callers see of tasks, by calls that the history has a part in. */
const calls: readonly DocumentedCall[] = [
  'GET /task/:projectid',
  'GET /task/:projectid/:uuid',
  'GET /task/:projectid/count',
  'GET /task/:projectid/analysis/last',
  'GET /task/:projectid/analysis/date',
  'GET /task/:projectid/analysis/hour',
  'GET /task/:projectid/analysis/runtime',
];

describe.skipIf(!available.ok)('facades that share a history in PostgreSQL', () => {
  const client = clientForFile();
  let server: PostgresServer;
  let project: JobxProject;
  let recorders: readonly Program[] = [];
  let others: readonly FacadeProcess[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start();
    const { url, passwordFile = '' } = await server.newPlace();
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
    const { namespace } = project;
    const env = { FLEETWRIGHT_JOBX_PROJECTS: `1=${namespace}`, ...history };
    others = await Promise.all([1, 2].map(() => launchFacade(testCluster().kubeconfigPath, namespace, env)));
  });
  afterAll(async () => {
    await Promise.all(others.map((facade) => facade.stop()));
    await project?.close();
    await Promise.all(recorders.map((recorder) => recorder.stop()));
    await server?.close();
  });

  async function seenAt(url: string): Promise<readonly unknown[]> {
    const said = { path: { projectid: 1, uuid } };
    return Promise.all(calls.map(async (call) => (await callJobx(url, project.app.headers, call, said)).body));
  }

  /** What all three say, once they say the same. */
  async function seen(): Promise<readonly unknown[]> {
    const urls = [project.url, ...others.map(({ url }) => url)];
    const [first = [], ...rest] = await Promise.all(urls.map(seenAt));
    for (const said of rest) expect(said).toEqual(first);
    return first;
  }

  test(
    'answer alike for a task that is there and for one that is gone, and go on when the database was away',
    { timeout: 400_000 },
    async () => {
      const group = { name: 'web', group_type: 'list', node: 'node1,node2;node3' };
      expect(await project.call('POST /group/:projectid', { body: group })).toEqual({ stat: true, data: true });
      const body = { jobname: 'install', group: 'web', uuid };
      expect(await project.call('POST /task/:projectid/job/byname', { body })).toEqual({ stat: true, uuid, data: 1 });
      await expect
        .poll(() => project.call('GET /task/:projectid/:uuid', { path: { uuid } }), patience)
        .toMatchObject({ data: { status: 'success' } });
      await expect
        .poll(seen, patience)
        .toMatchObject([{ data: [{ uuid, status: 'success' }] }, {}, { data: { success: 1 } }, {}, {}, {}, {}]);
      const before = await seen();

      await client.delete(agentTasks, { namespace: project.namespace, name: taskNameOf(uuid) });
      await expect
        .poll(async () => (await client.list(agentTasks, { namespace: project.namespace })).items.length, patience)
        .toBe(0);
      await expect.poll(seen, patience).toEqual(before);

      await server.stop('kill');
      const away = await callJobx(project.url, project.app.headers, 'GET /task/:projectid/count', {
        path: { projectid: 1 },
      });
      expect(away).toMatchObject({ status: 503, body: { stat: false, info: expect.stringContaining('try again') } });
      await server.start();
      others[1]?.kill('SIGKILL');
      others = others.slice(0, 1);
      await expect.poll(seen, patience).toEqual(before);
    },
  );
});
