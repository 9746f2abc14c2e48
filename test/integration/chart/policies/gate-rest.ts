import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { dispatchCallers } from '../../../../apiserver/dispatch/callers.ts';
import { accessManifests } from '../../../../apiserver/credential/manifests.ts';
import { jobxCallers } from '../../../../apiserver/jobx/callers.ts';
import { kvolCallers } from '../../../../apiserver/kvol/callers.ts';
import { sesCallers } from '../../../../apiserver/ses/callers.ts';
import { stageCallers } from '../../../../apiserver/stage/callers.ts';
import { denialBy } from '../../../../crds/gate.ts';
import { sampleZones } from '../../../unit/apiserver/kvol/facade.ts';
import { applyManifests } from '../../apiserver/credentials.ts';
import { launchFacade, type FacadeProcess } from '../../apiserver/process.ts';
import { agentJob } from '../../../harness/agenttask/objects.ts';
import { rollingUpgrade } from '../../../harness/rollingupgrade/objects.ts';
import { site } from './site.ts';

/** A caller of all five APIs by his Kubernetes token, at a facade over an API server that has the chart's policies. */
describe('the gate, for callers of the REST APIs', () => {
  const namespace = 'default';
  const user = `system:serviceaccount:${namespace}:caller`;
  let facade: FacadeProcess;
  let authorization: string;
  let tasks = 0;

  beforeAll(async () => {
    const access = { name: 'gate', user, namespace, taskNamespaces: [namespace] };
    const all = [dispatchCallers, stageCallers, kvolCallers, jobxCallers, sesCallers];
    await applyManifests(
      [
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'caller' } },
        ...all.flatMap((callers, index) => accessManifests({ ...access, name: `gate-${index}`, callers })),
        ...sampleZones,
        { ...agentJob('install'), metadata: { namespace, name: 'install' } },
        rollingUpgrade('search', ['os-1'], { serviceGroupInstanceNo: '1', dryRun: true }),
      ],
      site().plane,
    );
    authorization = `Bearer ${await site().kubectl(['create', 'token', 'caller', '-n', namespace])}`;
    facade = await launchFacade(site().plane.kubeconfigPath, namespace, {
      FLEETWRIGHT_JOBX_PROJECTS: `1=${namespace}`,
    });
    await call('POST', '/group/1', { name: 'web', note: '', group_type: 'list', node: 'node1' });
  }, 120_000);
  afterAll(async () => {
    await facade?.stop();
    await site().kubectl(['delete', 'clusterstage', 'cluster', '--ignore-not-found']);
  });

  async function call(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${facade.url}${path}`, {
      method,
      headers: { authorization, 'x-correlation-id': '1-1', 'x-resource': 'gate' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  async function stage(Stage: string): Promise<void> {
    const argument = { Stage, Scope: 'cluster' };
    expect(await call('POST', '/cluster/stage/set', { argument })).toMatchObject({ status: 200 });
  }

  async function run(path = '/api/run'): Promise<{ status: number; body: unknown }> {
    tasks += 1;
    return call('POST', path, { name: `task ${tasks}`, nodes: ['web-1'], tasks: [{ ping: null }] });
  }

  /** The facade and the policy hear of a stage by a watch each, a moment after it was written. */
  async function isAnswered(status: number): Promise<void> {
    await expect.poll(async () => (await run()).status).toBe(status);
  }

  const volume = new URLSearchParams({
    'src-zone': 'mitaka1',
    'src-volume-type-id': '6a21db69-dc6b-4423-834c-679ae153a638',
    'src-snapshot-id': 'b1c8b4d8-29e2-437a-830c-a012aed39c70',
    'dst-zone': 'kilo1',
    'dst-tenant-id': 'e21dbcb88d314eefaf953c3de2aacea5',
    'dst-volume-type-id': '45856d65-9021-4702-b8a6-62d5326b8f4e',
  });
  const recover = async () => call('GET', `/api/kvol/create?${volume.toString()}`);
  const job = async () => call('POST', '/task/1/job/byname', { jobname: 'install', group: 'web' });
  const progress = async () =>
    call('POST', '/api/v2/cluster/getRollingUpgradeProgress', { serviceGroupInstanceNo: '1' });

  const upgrade = async () =>
    call('POST', '/api/v2/cluster/rollingUpgradeCluster', { serviceGroupInstanceNo: '1', targetVersionCode: '290' });

  test('operations are refused in the form of each API, and reads go on', async () => {
    expect(await run()).toMatchObject({ status: 200, body: { code: 0 } });
    const told = await progress();
    await stage('support');
    await isAnswered(403);
    const denied = denialBy('support');
    for (const path of ['/api/run', '/api/parallel_run'])
      expect(await run(path)).toEqual({ status: 403, body: { code: -1, message: denied } });
    expect(await recover()).toEqual({ status: 403, body: { message: denied } });
    expect(await job()).toEqual({ status: 200, body: { stat: false, info: denied } });
    const forbidden = { error: { errorCode: '230', message: 'Forbidden', details: denied } };
    expect(await upgrade()).toEqual({ status: 403, body: forbidden });

    expect(await call('POST', '/api/check', { name: 'task 1' })).toMatchObject({ status: 200, body: { code: 0 } });
    expect(await call('GET', '/task/1')).toMatchObject({ body: { stat: true } });
    expect(await call('GET', '/group/1')).toMatchObject({ body: { stat: true, data: [{ name: 'web' }] } });
    expect((await progress()).status).toBe(told.status);
    expect(await call('POST', '/cluster/stage/get', { argument: { Scope: 'cluster' } })).toMatchObject({
      body: { entity: [{ stage: 'support' }], return: 'true' },
    });
    const zone = 'zone=mitaka1&volume-type-id=6a21db69-dc6b-4423-834c-679ae153a638';
    expect((await call('GET', `/api/kvol/list?${zone}`)).status).toBe(200);
  });

  test('whom the stage names gets through, and everybody does as soon as the cluster is running again', async () => {
    const gate = JSON.stringify({ spec: { gate: { users: [user] } } });
    await site().kubectl(['patch', 'clusterstage', 'cluster', '--type=merge', '-p', gate]);
    await isAnswered(200);
    const none = JSON.stringify({ spec: { gate: null } });
    await site().kubectl(['patch', 'clusterstage', 'cluster', '--type=merge', '-p', none]);
    await isAnswered(403);
    await stage('running');
    await isAnswered(200);
    expect(await recover()).toMatchObject({ status: 200 });
    expect(await job()).toMatchObject({ body: { stat: true } });
  });

  test('one node out of service keeps nobody from anything', async () => {
    await site().apply([{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'away' } }]);
    await expect
      .poll(async () => call('POST', '/cluster/stage/set', { argument: { Stage: 'support', Node: 'away' } }))
      .toMatchObject({ status: 200 });
    expect(await run()).toMatchObject({ status: 200 });
    await site().kubectl(['delete', 'clusterstage/away', 'node/away']);
  });
});
