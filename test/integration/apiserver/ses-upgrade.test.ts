import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { requestedByAnnotation } from '../../../crds/labels.ts';
import {
  rollingUpgrades,
  type RollingUpgrade,
  type RollingUpgradeNode,
  type RollingUpgradeStatus,
} from '../../../crds/types/rollingupgrade.ts';
import type { Condition } from '../../../kube/objects.ts';
import { testCluster } from '../../cluster/testing.ts';
import { callByVendor } from '../../ncloud/client.ts';
import { signedHeaders, type KeyPair } from '../../signed.ts';
import { upgradeOf } from '../rollingupgrade/objects.ts';
import { Program } from '../stack/program.ts';
import { siteForFile } from './cluster.ts';
import { launchFacade, type FacadeProcess } from './process.ts';
import { makeKeyPair } from './ses-key.ts';

/* The calls beside the one for the progress, at a facade over a real API server; the controllers are played. */

const folder = await mkdtemp(join(tmpdir(), 'fleetwright-ses-'));
const history = { FLEETWRIGHT_HISTORY_FILE: join(folder, 'history.sqlite') };
let recorder: Program;
// The facade opens the file that the recorder makes.
const site = siteForFile({}, async (namespace) => {
  recorder = new Program('the recorder', 'history/main.ts', {
    ...history,
    KUBECONFIG: testCluster().kubeconfigPath,
    FLEETWRIGHT_NAMESPACE: namespace,
    FLEETWRIGHT_WATCH_NAMESPACE: namespace,
    FLEETWRIGHT_HEALTH_PORT: '0',
  });
  await recorder.line(/"starting"/);
  return history;
});
let pair: KeyPair;

const number = '3427188';
const names = ['search-m-1', 'search-m-2', 'search-d-1'];
const upgrade = { serviceGroupInstanceNo: number, targetVersionCode: '290' };

beforeAll(async () => {
  const { namespace, client } = site();
  pair = await makeKeyPair(namespace, [namespace]);
  const described = upgradeOf({ name: 'search', namespace }, names, ['http://192.0.2.10:9200'], { dryRun: true });
  await client.create(rollingUpgrades, described);
  await say('search', 'Planned', { conditions: [condition('Ready', 'Planned')], ...seen('running', '2.7.0') });
  // The facade hears of the key and of what was said by its watches; who is refused too often is turned away.
  await vi.waitFor(isLookedAt, { timeout: 60_000, interval: 2000 });
});
afterAll(async () => {
  await recorder?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface SesAnswer {
  readonly status: number;
  readonly body: unknown;
}

async function get(prefix: string, call: string): Promise<SesAnswer> {
  const uri = `${prefix}/cluster/${call}`;
  const headers = signedHeaders(uri, pair, { method: 'GET' });
  const answer = await fetch(`${site().facade.url}${uri}`, { headers });
  return { status: answer.status, body: await answer.json() };
}

async function post(prefix: string, call: string, body: object): Promise<SesAnswer> {
  const uri = `${prefix}/cluster/${call}`;
  const headers = { 'content-type': 'application/json', ...signedHeaders(uri, pair) };
  const answer = await fetch(`${site().facade.url}${uri}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

function condition(type: string, reason: string, status: Condition['status'] = 'True'): Condition {
  return { type, status, reason, message: `because of ${reason}`, lastTransitionTime: '2026-01-02T03:04:05Z' };
}

async function isLookedAt(): Promise<void> {
  expect(await get('/api/v2', `getClusterInfo/${number}`)).toMatchObject({
    body: { result: { searchEngineVersionCode: '270' } },
  });
}

/** What is seen of the cluster. */
function seen(status: RollingUpgradeNode['status'], version: string): RollingUpgradeStatus {
  const nodes = names.map((name): RollingUpgradeNode => {
    const role = name.includes('-m-') ? 'M' : 'D';
    return { name, host: name, role, version, status, updatedDate: '2026-01-02T03:04:05Z' };
  });
  return { clusterName: 'search-270', nodeCount: 3, currentVersion: '2.7.0', nodes };
}

/** As the controllers say it of an upgrade. */
async function say(name: string, reason: string, status: RollingUpgradeStatus): Promise<void> {
  const { namespace, client } = site();
  const { metadata } = await client.get(rollingUpgrades, { namespace, name });
  const said = { observedGeneration: metadata.generation, message: reason, ...status };
  await client.mergePatch(rollingUpgrades, { namespace, name }, { status: said }, { subresource: 'status' });
}

async function upgrades(): Promise<readonly RollingUpgrade[]> {
  return (await site().client.list(rollingUpgrades, { namespace: site().namespace })).items;
}

/** Waits for the upgrade that a call makes, and says of it what the controllers would. @returns it as it was made */
async function controllersSay(begins: string, status: RollingUpgradeStatus): Promise<RollingUpgrade> {
  const found = await vi.waitFor(
    async () => {
      const made = (await upgrades()).find(
        ({ metadata, status: said }) =>
          metadata.name.startsWith(begins) && metadata.deletionTimestamp === undefined && said?.message === undefined,
      );
      if (made === undefined) throw new Error(`no upgrade ${begins} yet`);
      return made;
    },
    { timeout: 60_000, interval: 50 },
  );
  await say(found.metadata.name, 'said', status);
  return found;
}

const yes = { status: 200, body: { code: 0, message: 'SUCCESS', result: true } };

test('clusters, their nodes and the versions are told of at all three paths', async () => {
  for (const prefix of ['/api/v2', '/api/sgn-v2', '/api/jpn-v2']) {
    const cluster = { clusterName: 'search-270', clusterStatus: 'running', serviceGroupInstanceNo: number };
    expect(await get(prefix, 'getClusterInfoList?pageNo=1&pageSize=10&inputText=270')).toMatchObject({
      status: 200,
      body: { result: { totalCount: 1, isLast: true, allowedClusters: [cluster], disallowedClusters: [] } },
    });
    expect(await get(prefix, `getClusterInfo/${number}`)).toMatchObject({
      status: 200,
      body: { result: { ...cluster, clusterNodeList: names.map((name) => ({ computeInstanceName: name })) } },
    });
    expect(await get(prefix, `getClusterNodeList/${number}`)).toMatchObject({
      status: 200,
      body: { result: { computeList: names.map((hostName) => ({ hostName })) } },
    });
    expect(await get(prefix, 'getSearchEngineVersionList')).toMatchObject({
      status: 200,
      body: {
        result: {
          searchEngineVersionList: [{ searchEngineVersionCode: '270' }, { searchEngineVersionCode: '290' }],
        },
      },
    });
  }
});

test('whether a cluster can be upgraded is found out without a trace', async () => {
  const asked = post('/api/sgn-v2', 'rollingUpgradePreCheck', upgrade);
  const made = await controllersSay('check-', { phase: 'Pending', conditions: [condition('Ready', 'Planned')] });
  expect(await asked).toMatchObject(yes);
  expect(made.spec).toMatchObject({ dryRun: true, targetVersion: '2.9.0' });
  expect(made.metadata.annotations?.[requestedByAnnotation]).toMatch(/^ses-/);

  const again = post('/api/jpn-v2', 'rollingUpgradePreCheck', { ...upgrade, regionNo: '7' });
  await controllersSay('check-', {
    phase: 'Pending',
    preflight: [{ check: 'Health', severity: 'Error', message: 'the cluster is red' }],
    conditions: [condition('Stalled', 'PreflightFailed')],
  });
  expect(await again).toMatchObject({
    status: 400,
    body: { code: 400, message: 'Health: the cluster is red', result: null },
  });
  const there = (await upgrades()).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  expect(there.map(({ metadata }) => metadata.name)).toEqual(['search']);
});

test(
  'an upgrade is begun by REST, and goes on to be told of when its object is gone',
  { timeout: 300_000 },
  async () => {
    const asked = post('/api/v2', 'rollingUpgradeCluster', upgrade);
    const begun = { phase: 'Running', startTime: '2026-01-02T03:05:00Z' } as const;
    const { metadata } = await controllersSay('ses-', { ...begun, ...seen('Upgrade_OpenSearch', '2.7.0') });
    expect(await asked).toMatchObject(yes);
    const progress = async () => post('/api/jpn-v2', 'getRollingUpgradeProgress', upgrade);
    const underWay = { name: 'search-270', nodeStatusVoList: names.map(() => ({ status: 'Upgrade_OpenSearch' })) };
    expect(await progress()).toMatchObject({ status: 200, body: { result: underWay } });
    // Once more, since its caller did not hear the answer; and to another version.
    expect(await post('/api/v2', 'rollingUpgradeCluster', upgrade)).toMatchObject(yes);
    const other = { ...upgrade, targetVersionCode: '2111' };
    expect(await post('/api/v2', 'rollingUpgradeCluster', other)).toMatchObject({ status: 400 });
    expect((await upgrades()).filter(({ spec }) => spec.dryRun !== true)).toHaveLength(1);
    expect(await get('/api/v2', `getClusterInfo/${number}`)).toMatchObject({
      body: { result: { clusterStatus: 'changing' } },
    });

    const end = { ...begun, phase: 'Succeeded', completionTime: '2026-01-02T03:09:00Z' } as const;
    await say(metadata.name, 'ended', { ...end, ...seen('complete', '2.9.0') });
    const done = names.map((hostname) => ({ hostname, status: 'complete' }));
    await expect.poll(progress, { timeout: 30_000 }).toMatchObject({ body: { result: { nodeStatusVoList: done } } });
    const before = await progress();
    const { client, namespace } = site();
    await client.delete(rollingUpgrades, { namespace, name: metadata.name });
    // The recorder lets it go half a minute after its creation at the earliest.
    const present = async (): Promise<readonly string[]> => (await upgrades()).map((each) => each.metadata.name);
    await expect.poll(present, { timeout: 100_000, interval: 500 }).not.toContain(metadata.name);
    const { requestId: _, ...told } = before.body as Readonly<Record<string, unknown>>;
    await expect.poll(progress, { timeout: 30_000 }).toMatchObject({ status: 200, body: told });
  },
);

test(
  'the vendor’s own library for Go understands the answers, but for the call whose query it does not sign',
  { timeout: 1_200_000 },
  async () => {
    const { namespace, kubeconfigPath, facade } = site();
    const strict = await callByVendor(facade.url, 'KR', number, pair);
    const nodes = names.map((name, index) => ({ computeInstanceNo: index + 1, hostName: name }));
    const cluster = { clusterName: 'search-270', serviceGroupInstanceNo: number };
    const understood = {
      list: { message: 'SUCCESS', result: { totalCount: 1, isFirst: true, allowedClusters: [cluster] } },
      info: { result: { ...cluster, searchEnginePort: '9200', managerNodeCount: 2, dataNodeCount: 1 } },
      nodes: { result: { serviceGroupInstanceNo: Number(number), serviceGroupName: 'search-270', computeList: nodes } },
      versions: { result: { searchEngineVersionList: [{ searchEngineVersionCode: '270', type: 'OpenSearch' }, {}] } },
      progress: { code: 0, result: { name: 'search-270', nodeCount: 3 } },
    };
    expect(strict).toMatchObject({ ...understood, page: { error: expect.stringContaining('Status: 401') } });

    let lenient: FacadeProcess | undefined;
    try {
      lenient = await launchFacade(kubeconfigPath, namespace, {
        ...history,
        FLEETWRIGHT_SES_UNSIGNED_QUERY: 'accepted',
        FLEETWRIGHT_SES_VERSIONS: '2.7.0,2.9.0',
      });
      const { url } = lenient;
      for (const region of ['SGN', 'JPN'])
        expect(await callByVendor(url, region, number, pair)).toMatchObject({ ...understood, page: understood.list });
    } finally {
      await lenient?.stop();
    }
  },
);
