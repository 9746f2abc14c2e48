import { randomBytes } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { credentialManifests } from '../../../apiserver/credential/manifests.ts';
import { sesCallers } from '../../../apiserver/ses/callers.ts';
import { signatureKind } from '../../../apiserver/ses/signature-kind.ts';
import { signatureOf } from '../../../apiserver/ses/signature.ts';
import { rollingUpgrades, type RollingUpgradeStatus } from '../../../crds/types/rollingupgrade.ts';
import { upgradeOf } from '../rollingupgrade/objects.ts';
import { siteForFile } from './cluster.ts';
import { applyManifests } from './credentials.ts';
import { token } from './process.ts';

const site = siteForFile();
const path = '/api/v2/cluster/getRollingUpgradeProgress';

interface SesCaller {
  call(this: void, body: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** Somebody with an access key; with rights unless stated. */
async function newSesCaller(taskNamespaces: readonly string[] = [site().namespace]): Promise<SesCaller> {
  const { namespace, facade } = site();
  const credential = signatureKind.make();
  const { accessKey = '', secretKey = '' } = credential.data;
  const name = `ses-${randomBytes(4).toString('hex')}`;
  await applyManifests(
    credentialManifests({ name, callers: sesCallers, credential, user: name, namespace, taskNamespaces }),
  );
  const call = async (body: unknown): ReturnType<SesCaller['call']> => {
    const timestamp = String(Date.now());
    const signature = signatureOf({ method: 'POST', uri: path, timestamp, accessKey }, secretKey).toString('base64');
    const headers = {
      'content-type': 'application/json',
      'x-ncp-iam-access-key': accessKey,
      'x-ncp-apigw-timestamp': timestamp,
      'x-ncp-apigw-signature-v2': signature,
    };
    const answer = await fetch(`${facade.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  // The facade hears of the Secret by its watch.
  await expect.poll(async () => (await call({})).status, { timeout: 30_000 }).not.toBe(401);
  return { call };
}

async function makeUpgrade(name: string, number: string, status?: RollingUpgradeStatus): Promise<void> {
  const { namespace, client } = site();
  const upgrade = upgradeOf({ name, namespace }, ['os-1', 'os-2'], ['http://search:9200']);
  await client.create(rollingUpgrades, { ...upgrade, spec: { ...upgrade.spec, serviceGroupInstanceNo: number } });
  if (status !== undefined)
    await client.mergePatch(rollingUpgrades, { namespace, name }, { status }, { subresource: 'status' });
}

const node = { host: 'a', version: '2.7.0', updatedDate: '2024-03-06T06:02:31Z' } as const;

describe('the progress of an upgrade', () => {
  test('is told to who signs, and follows the object', async () => {
    const { call } = await newSesCaller();
    await makeUpgrade('told', '11', {
      phase: 'Running',
      clusterName: 'search',
      currentVersion: '2.7.0',
      nodeCount: 2,
      nodes: [
        { ...node, name: 'os-1', role: 'D', status: 'Upgrade_OpenSearch' },
        { ...node, name: 'os-2', role: 'M', status: 'running' },
      ],
    });
    const updatedDate = '2024-03-06 15:02:31';
    await expect
      .poll(() => call({ serviceGroupInstanceNo: '11' }), { timeout: 30_000 })
      .toMatchObject({
        status: 200,
        body: {
          code: 0,
          message: 'SUCCESS',
          result: {
            name: 'search',
            nodeCount: 2,
            versionVo: {
              currentVersionCode: '270',
              targetVersionCode: '290',
              actionDate: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
            },
            nodeStatusVoList: [
              { hostname: 'os-2', status: 'running', nodeRoleCode: 'M', updatedDate },
              { hostname: 'os-1', status: 'Upgrade_OpenSearch', nodeRoleCode: 'D', updatedDate },
            ],
          },
          requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      });
  });

  test('is known from the moment at which the upgrade is made', async () => {
    const { call } = await newSesCaller();
    await makeUpgrade('new', '12');
    expect(await call({ serviceGroupInstanceNo: '12' })).toMatchObject({
      status: 200,
      body: { result: { nodeCount: 2, versionVo: { targetVersionCode: '290' } } },
    });
  });

  test('is not told to a user who may not list upgrades', async () => {
    const { call } = await newSesCaller([]);
    expect(await call({ serviceGroupInstanceNo: '11' })).toMatchObject({
      status: 403,
      body: { error: { errorCode: '230', message: 'Forbidden', details: expect.stringContaining('rollingupgrades') } },
    });
  });

  test('is told to no caller of another API by his token', async () => {
    const { facade } = site();
    const answer = await facade.post(path, { serviceGroupInstanceNo: '11' }, { authorization: `Bearer ${token}` });
    expect(answer).toMatchObject({ status: 401, body: { error: { errorCode: '200' } } });
  });
});
