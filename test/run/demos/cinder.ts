import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { kvolCallers } from '../../../apiserver/kvol/callers.ts';
import { kvolKind } from '../../../apiserver/kvol/credential.ts';
import { cinderAvailable } from '../../cinder/available.ts';
import { setUpCinder } from '../../cinder/setup.ts';
import { startTwoZones, type TwoZones } from '../../cinder/two-zones.ts';
import { contentOf, fileOf, makeSnapshot, makeSource, type Source } from '../../cinder/zone-api.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import type { Demo, Ground, OpenedDemo } from '../demo.ts';
import { apply, giveCredential } from '../site.ts';

const user = 'make-run-kvol';
/** To whom volumes are handed. */
const customer = 'cccccccccccccccccccccccccccccccc';

/** Two zones of Cinder, of which one is killed; its volume is brought back in the other one by REST. */
export const cinderDemo: Demo = {
  asked: { word: 'cinder', shows: 'a volume of a dead zone brought back, and the kvol API' },
  async lacks() {
    const available = await cinderAvailable();
    return available.ok ? undefined : available.reason;
  },
  open: openZones,
};

async function openZones(ground: Ground): Promise<OpenedDemo> {
  const { cluster, facadeUrl, folder, say } = ground;
  const program = await setUpCinder(say);
  say('Starting two zones of Cinder, about half a minute.');
  const zones = await startTwoZones(program, join(folder, 'zones'), ['zone-a', 'zone-b']);
  await apply(cluster, zones.storageZones);
  say('Making a volume with known bytes in zone-a, a backup of it, and one of a snapshot.');
  const source = await makeSource(zones.a, zones.typeA);
  const snapshotID = await makeSnapshot(zones.a, source.volumeID);
  const credential = kvolKind.make();
  const caller = { name: user, callers: kvolCallers, credential, taskNamespaces: ['default'] };
  const given = await giveCredential(cluster, caller);
  const { name = '', key = '' } = credential.data;
  const order = (wanted: Readonly<Record<string, string>>): string =>
    new URLSearchParams({
      'src-zone': 'zone-a',
      'src-volume-type-id': zones.typeA,
      ...wanted,
      'dst-zone': 'zone-b',
      'dst-tenant-id': customer,
      'dst-volume-type-id': zones.typeB,
    }).toString();
  const recovery = order({ 'src-volume-id': source.volumeID });
  const places = `zone=zone-a&volume-type-id=${zones.typeA}`;
  const detailed = `src-zone=zone-a&src-volume-type-id=${zones.typeA}`;
  const call = (path: string): string => `curl -sS -u "gabianet:$TOKEN" '${facadeUrl}/api/kvol/${path}'`;
  return {
    controllers: ['--zone-probe-seconds', '2'],
    show: () => show(ground, zones, source, { order: recovery, name, key }),
    lines: [
      '# a token for the kvol API, good for ten minutes',
      `TOKEN=$(curl -sS -u '${name}:${key}' ${facadeUrl}/api/token | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')`,
      '# where volumes of zone-a are backed up',
      call(`list?${places}`),
      call(`show?${detailed}`),
      '# the volume of the dead zone once more: each order makes a volume of its own',
      call(`recovery?${recovery}`),
      '# what became of it',
      call('recoverylist?limit=2'),
      '# a volume in zone-b from the snapshot of the dead zone, and what became of it',
      call(`create?${order({ 'src-snapshot-id': snapshotID })}`),
      call('createlist'),
      '# the same as Kubernetes has it',
      `${cluster.kubectlPath} --kubeconfig ${cluster.kubeconfigPath} get storagezones,volumerecoveries`,
    ],
    async close() {
      await zones.end();
      await given.remove();
      if (!cluster.given) return;
      await mustKubectl(cluster, ['delete', '--ignore-not-found', 'storagezones', 'zone-a', 'zone-b']);
    },
  };
}

async function show(
  { cluster, facadeUrl, say }: Ground,
  zones: TwoZones,
  source: Source,
  { order, name, key }: { readonly order: string; readonly name: string; readonly key: string },
): Promise<void> {
  const get = async (path: string, password: string, as = 'gabianet'): Promise<unknown> => {
    const authorization = `Basic ${Buffer.from(`${as}:${password}`).toString('base64')}`;
    const answer = await fetch(`${facadeUrl}${path}`, { headers: { authorization } });
    return answer.json();
  };
  say();
  const catalogued = ['--for=jsonpath={.status.catalogue.backups}=2', '--timeout=120s'];
  await mustKubectl(cluster, ['wait', 'storagezone/zone-a', ...catalogued]);
  say('zone-a is killed (-9). The records of its backups are in the catalogue.');
  await zones.a.kill();
  const { token } = (await get('/api/token', key, name)) as { readonly token: string };
  say(`GET /api/kvol/recovery?src-zone=zone-a&src-volume-id=${source.volumeID}&dst-zone=zone-b…`);
  const ordered = (await get(`/api/kvol/recovery?${order}`, token)) as { readonly rowkey: number };
  say(`  ${JSON.stringify(ordered)}`);
  const mine = `fleetwright.io/id=${ordered.rowkey}`;
  const ended = ['--for=condition=Reconciling=false', '--timeout=300s'];
  await mustKubectl(cluster, ['wait', 'volumerecovery', '-l', mine, ...ended]);
  say(`GET /api/kvol/recoverylist?rowkey=${ordered.rowkey}`);
  const rows = (await get(`/api/kvol/recoverylist?rowkey=${ordered.rowkey}`, token)) as {
    readonly clist: readonly { readonly new_volume_id: string }[];
  };
  say(`  ${JSON.stringify(rows)}`);
  const file = fileOf(zones.b, rows.clist[0]?.new_volume_id ?? '');
  const same = isDeepStrictEqual(await contentOf(file, source.content), source.content);
  say(same ? 'The new volume holds the bytes of the old one.' : 'The new volume DIFFERS from the old one.');
}
