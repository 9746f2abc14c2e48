import { expect } from 'vitest';

import { credentialManifests } from '../../apiserver/credential/manifests.ts';
import { sesCallers } from '../../apiserver/ses/callers.ts';
import { signatureKind } from '../../apiserver/ses/signature-kind.ts';
import { PlayedSearchCluster } from '../harness/rollingupgrade/search-cluster.ts';
import { serveSearchCluster } from '../harness/rollingupgrade/served.ts';
import { signedHeaders } from '../signed.ts';
import { system, type Installed } from './installed.ts';

const names = ['os-1', 'os-2', 'os-3'];
const path = '/api/v2/cluster/getRollingUpgradeProgress';
const number = '3427188';
/** Of a cluster of which nobody knows. */
const another = '12';
/** Of one that is described, and cannot be upgraded. */
const described = '13';
const checkPath = '/api/v2/cluster/rollingUpgradePreCheck';

/** An upgrade from its beginning to its deletion, with all that its controller asks of the API server. */
export async function rollUpgrade(site: Installed, content: string): Promise<void> {
  const served = await serveSearchCluster(new PlayedSearchCluster(names.map((name) => ({ name }))));
  const metadata = { namespace: site.tasks };
  const apiVersion = 'fleetwright.io/v1alpha1';
  const access = { username: 'admin', password: 'admin' };
  try {
    await site.apply([
      { apiVersion: 'v1', kind: 'Secret', metadata: { ...metadata, name: 'search-admin' }, stringData: access },
      { apiVersion, kind: 'AgentJob', metadata: { ...metadata, name: 'replace-opensearch' }, spec: { content } },
      {
        apiVersion,
        kind: 'RollingUpgrade',
        metadata: { ...metadata, name: 'up' },
        spec: {
          serviceGroupInstanceNo: number,
          targetVersion: '2.9.0',
          engine: { openSearch: { endpoints: [served.url], credentialsSecretRef: { name: 'search-admin' } } },
          members: {
            hosts: {
              nodes: names.map((name) => ({ name, host: name })),
              taskTemplate: { jobRef: { name: 'replace-opensearch' } },
            },
          },
          // The content replaces nothing: the node is not back with the new version, which ends it.
          healthTimeoutSeconds: 10,
          ttlSecondsAfterFinished: 1,
        },
      },
    ]);
    await site.kubectl(['wait', '--for=delete', 'rollingupgrade/up', '-n', site.tasks, '--timeout=180s']);
    expect(served.asked).toContain('PUT /_cluster/settings');
  } finally {
    await served.close();
  }
}

/**
 * Asks for the progress of an upgrade that was never there, and whether one could begin, as somebody with an access
 * key, and by a token; and for the progress of the one that is gone.
 */
export async function askForProgress(site: Installed, token: string): Promise<void> {
  const credential = signatureKind.make();
  const { accessKey = '', secretKey = '' } = credential.data;
  const user = 'fleetwright:orion';
  const caller = {
    name: 'ses',
    callers: sesCallers,
    credential,
    user,
    namespace: system,
    taskNamespaces: [site.tasks],
  };
  await site.apply(credentialManifests(caller));
  const account = { name: 'ses-pipeline', callers: sesCallers, credential, namespace: system };
  const [, ...rights] = credentialManifests({
    ...account,
    user: `system:serviceaccount:${site.tasks}:pipeline`,
    taskNamespaces: [site.tasks],
  });
  await site.apply(rights);
  const notFound = { status: 404, body: { message: `There is no rolling upgrade of cluster ${another}` } };
  const pair = { accessKey, secretKey };
  const byToken = { authorization: token };
  await expect.poll(async () => ask(site, signedHeaders(path, pair)), { timeout: 30_000 }).toMatchObject(notFound);
  await expect.poll(async () => ask(site, byToken), { timeout: 30_000 }).toMatchObject(notFound);
  await describeCluster(site);
  const refused = { status: 400, body: { message: expect.stringContaining('there is no AgentJob') } };
  for (const headers of [signedHeaders(checkPath, pair), byToken])
    await expect
      .poll(
        async () => post(site, checkPath, headers, { serviceGroupInstanceNo: described, targetVersionCode: '290' }),
        {
          timeout: 30_000,
        },
      )
      .toMatchObject(refused);
  const recorded = { status: 200, body: { result: { nodeStatusVoList: names.map(() => ({ nodeRoleCode: 'M' })) } } };
  expect(await ask(site, byToken, number)).toMatchObject(recorded);
}

/** A cluster whose nodes nobody can replace. */
async function describeCluster(site: Installed): Promise<void> {
  await site.apply([
    {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'RollingUpgrade',
      metadata: { name: 'described', namespace: site.tasks },
      spec: {
        serviceGroupInstanceNo: described,
        targetVersion: '2.9.0',
        engine: { openSearch: { endpoints: ['http://127.0.0.1:9'] } },
        members: {
          hosts: { nodes: [{ name: 'os-1', host: 'os-1' }], taskTemplate: { jobRef: { name: 'not-there' } } },
        },
        dryRun: true,
      },
    },
  ]);
}

async function ask(
  site: Installed,
  headers: Readonly<Record<string, string>>,
  serviceGroupInstanceNo = another,
): Promise<Answer> {
  return post(site, path, headers, { serviceGroupInstanceNo });
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function post(
  { facade }: Installed,
  uri: string,
  headers: Readonly<Record<string, string>>,
  body: object,
): Promise<Answer> {
  const answer = await fetch(`${facade.url}${uri}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}
