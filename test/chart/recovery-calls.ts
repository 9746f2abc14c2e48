import { expect, vi } from 'vitest';

import { accessManifests, credentialManifests } from '../../apiserver/credential/manifests.ts';
import { kvolCallers } from '../../apiserver/kvol/callers.ts';
import { kvolKind } from '../../apiserver/kvol/credential.ts';
import type { StorageZone } from '../../crds/types/storagezone.ts';
import { storageZone, volumeRecovery } from '../harness/volumerecovery/objects.ts';
import { playedBackup, PlayedZone } from '../harness/volumerecovery/played-zone.ts';
import { serveZone, type ServedZone } from '../harness/volumerecovery/served.ts';
import { system, type Installed } from './installed.ts';

const names = ['store-a', 'store-b'] as const;
const snapshot = 's-1';
const volume = 'v-1';

/** Two zones of storage, and all calls of the kvol API by orion with a token of his own and by a service account. */
export async function recoverVolumes(site: Installed): Promise<void> {
  const now = Date.now;
  const [from, to] = [new PlayedZone(now), new PlayedZone(now)];
  const kept = playedBackup(`${site.tasks}-kept`, volume);
  const lost = playedBackup(`${site.tasks}-lost`, 'v-2', { snapshotID: snapshot });
  for (const backup of [kept, lost]) from.addBackup(backup);
  const served = [await serveZone(from), await serveZone(to)] as const;
  try {
    await site.apply([describeZone(names[0], served[0]), describeZone(names[1], served[1])]);
    await isCatalogued(site, 2);
    // One that the zone shows no more is marked, and can be restored all the same.
    from.loseBackup(lost.id);
    await site.kubectl([
      'wait',
      `configmap/fleetwright-backup-${names[0]}-${lost.id}`,
      '-n',
      system,
      '--for=jsonpath={.metadata.labels.fleetwright\\.io/backup-missing}=true',
      '--timeout=60s',
    ]);
    for (const authorization of await callersOf(site)) await callAll(site, authorization);
    await applyOne(site);
    expect(to.volumes.map(({ tenantID }) => tenantID)).toEqual(Array.from({ length: 5 }, () => 'cafe'));
    await site.kubectl(['delete', 'volumerecoveries', '--all', '-n', site.tasks, '--timeout=60s']);
    await site.kubectl(['delete', 'storagezones', ...names, '--timeout=60s']);
  } finally {
    for (const server of served) await server.close();
  }
}

function describeZone(name: string, { endpoint }: ServedZone): StorageZone {
  const { spec, ...zone } = storageZone(name);
  const cinder = { ...spec.cinder, endpoint, noAuth: { projectID: 'f1ee7' }, contentCheck: { mode: 'None' } } as const;
  const svm = { name: 'svm', ip: '192.0.2.1' };
  const backups = [{ seq: 1, zone: names[1], clusterIP: '192.0.2.2', svm, volumeName: 'vol01' }];
  return { ...zone, spec: { ...spec, cinder, volumeTypes: [{ id: 'silver', svm, volumeName: 'vol01', backups }] } };
}

async function isCatalogued(site: Installed, backups: number): Promise<void> {
  const told = `--for=jsonpath={.status.catalogue.backups}=${backups}`;
  await site.kubectl(['wait', `storagezone/${names[0]}`, told, '--timeout=120s']);
}

/** @returns the Authorization headers of both, who may do what callers of this API do, and look at zones */
async function callersOf(site: Installed): Promise<readonly string[]> {
  const credential = kvolKind.make();
  const common = { callers: kvolCallers, taskNamespaces: [site.tasks] };
  const orion = { ...common, name: 'orion-kvol', user: 'fleetwright:orion', credential, namespace: system };
  const pipeline = { ...common, name: 'pipeline-kvol', user: `system:serviceaccount:${site.tasks}:pipeline` };
  await site.apply([...credentialManifests(orion), ...accessManifests(pipeline)]);
  const { name = '', key = '' } = credential.data;
  const token = await vi.waitFor(
    async () => ((await get(site, '/api/token', basic(name, key))) as { readonly token: string }).token,
    // Credentials are told of by a watch.
    { timeout: 60_000, interval: 500 },
  );
  return [basic('gabianet', token), await site.pipeline()];
}

async function callAll(site: Installed, authorization: string): Promise<void> {
  const [from, to] = names;
  const call = async (path: string, query: Readonly<Record<string, string>>): Promise<unknown> =>
    get(site, `/api/kvol/${path}?${new URLSearchParams(query).toString()}`, authorization);
  await call('list', { zone: from, 'volume-type-id': 'silver' });
  await call('show', { 'src-zone': from, 'src-volume-type-id': 'silver' });
  for (const [way, parameter, id] of [
    ['create', 'src-snapshot-id', snapshot],
    ['recovery', 'src-volume-id', volume],
  ] as const) {
    const { rowkey } = (await call(way, {
      'src-zone': from,
      'src-volume-type-id': 'silver',
      [parameter]: id,
      'dst-zone': to,
      'dst-tenant-id': 'cafe',
      'dst-volume-type-id': 'silver',
      bootable: 'yes',
    })) as { readonly rowkey: number };
    await vi.waitFor(
      async () => {
        const answer = JSON.stringify(await call(`${way}list`, { rowkey: String(rowkey) }));
        if (!answer.includes('"status":"SUCCESS"')) throw new Error(`order ${rowkey} has not succeeded: ${answer}`);
      },
      { timeout: 120_000, interval: 500 },
    );
  }
}

/** What kubectl does: a recovery that is given its id, and goes by itself. */
async function applyOne(site: Installed): Promise<void> {
  const recovery = volumeRecovery('applied', { ttlSecondsAfterFinished: 1 }, site.tasks, names);
  await site.apply([recovery]);
  await site.kubectl(['wait', '--for=delete', 'volumerecovery/applied', '-n', site.tasks, '--timeout=120s']);
}

async function get({ facade }: Installed, path: string, authorization: string): Promise<unknown> {
  const answer = await fetch(`${facade.url}${path}`, { headers: { authorization } });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status} ${text}`);
  return JSON.parse(text);
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
