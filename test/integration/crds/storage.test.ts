import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { apiForFile } from './objects.ts';

type Spec = Readonly<Record<string, unknown>>;

const api = apiForFile();
const source = { zone: 'a', volumeTypeID: 'gold', volumeID: 'v-1' };
const destination = { zone: 'b', tenantID: 'e21dbcb88d314eefaf953c3de2aacea5', volumeTypeID: 'silver' };
const cinder = {
  endpoint: 'http://192.0.2.1:8776/v3',
  noAuth: { projectID: 'abc0' },
  contentCheck: { mode: 'None' },
};

function recovery(name: string, spec: Spec): object {
  return { apiVersion: 'fleetwright.io/v1alpha1', kind: 'VolumeRecovery', metadata: { name }, spec };
}

function change(name: string, spec: Spec): readonly string[] {
  return ['patch', 'volumerecovery', name, '--type=merge', '-p', JSON.stringify({ spec })];
}

function zone(spec: Spec): object {
  return { apiVersion: 'fleetwright.io/v1alpha1', kind: 'StorageZone', metadata: { name: 'refused' }, spec };
}

/** A zone with one volume type that is backed up, at these addresses. */
function zoneAt({ svm = '192.0.2.1', cluster = '192.0.2.2', backup = '192.0.2.3' }): Spec {
  const place = { seq: 1, zone: 'b', clusterIP: cluster, svm: { name: 'svm-b', ip: backup }, volumeName: 'vol01' };
  const type = { id: 'gold', svm: { name: 'svm-a', ip: svm }, volumeName: 'vol01', backups: [place] };
  return { driver: 'Cinder', cinder, volumeTypes: [type] };
}

async function example(name: string): Promise<{ readonly spec: Spec }> {
  return parse(await readFile(new URL(`../../../examples/${name}.yaml`, import.meta.url), 'utf8'));
}

describe('a VolumeRecovery', () => {
  test('gets its defaults, and is not ready before any controller has seen it', async () => {
    const { stdout, stderr } = await api.create(recovery('defaults', { source, destination }));
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      spec: { bootable: false, dryRun: false, paused: false },
      status: { observedGeneration: 0, phase: 'Pending', conditions: [{ type: 'Ready', status: 'Unknown' }, {}] },
    });
  });

  test('is what the example says', async () => {
    const { spec } = await example('volumerecovery');
    expect((await api.create(recovery('example', spec))).stderr).toBe('');
  });

  test.each<[what: string, spec: Spec, problem: string]>([
    ['no source', { destination }, 'spec.source: Required value'],
    ['neither snapshot nor volume', { source: { ...source, volumeID: undefined }, destination }, 'exactly one of'],
    ['both', { source: { ...source, snapshotID: 's-1' }, destination }, 'exactly one of snapshotID and volumeID'],
    ['one zone', { source, destination: { ...destination, zone: 'a' } }, 'a volume is recovered in another zone'],
    ['an id in capitals', { source: { ...source, volumeID: 'V-1' }, destination }, 'use lower-case letters'],
    ['an id with a path', { source: { ...source, volumeID: '../v' }, destination }, 'not an id'],
    ['a zone that no object can be called', { source: { ...source, zone: 'A b' }, destination }, 'not the name'],
    ['a life that never ends', { source, destination, ttlSecondsAfterFinished: 1e9 }, 'less than or equal to 31536000'],
    ['a field that does not exist', { source, destination, tenant: 'x' }, 'unknown field'],
  ])('is refused with %s', async (_what, spec, problem) => {
    const { code, stderr } = await api.create(recovery('refused', spec));
    expect(code).not.toBe(0);
    expect(stderr).toContain(problem);
  });

  test.each([
    ['source', { source: { zone: 'c' } }],
    ['destination', { destination: { tenantID: 'somebody-else' } }],
    ['bootable', { bootable: true }],
  ])('keeps its %s', async (field, spec) => {
    const name = `keeps-${field}`;
    await api.create(recovery(name, { source, destination }));
    await expect(api.must(...change(name, spec)))
      .rejects //
      .toThrow(`${field} cannot change; create a new VolumeRecovery instead`);
  });

  test('is planned only as long as it has not begun', async () => {
    await api.create(recovery('begun', { source, destination }));
    await api.must(...change('begun', { dryRun: true }));
    await api.must(...change('begun', { dryRun: false }));
    const status = JSON.stringify({ status: { phase: 'Running' } });
    await api.must('patch', 'volumerecovery', 'begun', '--subresource=status', '--type=merge', '-p', status);
    await expect(api.must(...change('begun', { dryRun: true }))).rejects.toThrow(
      'dryRun cannot change once the recovery',
    );
    await api.must(...change('begun', { paused: true }));
  });
});

describe('a StorageZone', () => {
  test('is what the example says', async () => {
    const { spec } = await example('storagezone');
    const dry = await api.create({ ...zone(spec), metadata: { name: 'zone-a' } }, '--dry-run=server');
    expect(dry.stderr).toBe('');
  });

  test('may have addresses of both kinds', async () => {
    const spec = zoneAt({ svm: '2001:db8::1', backup: '2001:db8::3' });
    expect((await api.create(zone(spec), '--dry-run=server')).stderr).toBe('');
  });

  test.each(['svm-a', '192.0.2', '192.0.2.300', '010.0.0.1', '192.0.2.1/24', '[2001:db8::1]', 'fe80::1%eth0', ' '])(
    'is refused with the address %j of a machine',
    async (ip) => {
      const { stderr } = await api.create(zone(zoneAt({ svm: ip, cluster: ip, backup: ip })), '--dry-run=server');
      expect(stderr.match(/not an IP address: write it as 192\.0\.2\.10 or 2001:db8::10/g)).toHaveLength(3);
      for (const field of ['svm.ip', 'backups[0].svm.ip', 'backups[0].clusterIP'])
        expect(stderr).toContain(`spec.volumeTypes[0].${field}: Invalid value`);
    },
  );

  test.each<[what: string, spec: Spec, problem: string]>([
    ['no driver', { cinder }, 'spec.driver: Required value'],
    ['a driver that is none', { driver: 'Ceph', cinder }, 'Unsupported value: "Ceph"'],
    ['no Cinder', { driver: 'Cinder' }, 'the driver Cinder needs cinder'],
    ['an endpoint that is no URL', { driver: 'Cinder', cinder: { ...cinder, endpoint: 'b:8776' } }, 'not the address'],
    [
      'a password in the endpoint',
      { driver: 'Cinder', cinder: { ...cinder, endpoint: 'http://me:secret@b/v3' } },
      'without user',
    ],
    [
      'a folder of backups alone',
      { driver: 'Cinder', cinder: { ...cinder, contentCheck: { mode: 'Folders', backups: '/b' } } },
      'needs both of them',
    ],
    [
      'folders that are not looked at',
      { driver: 'Cinder', cinder: { ...cinder, contentCheck: { mode: 'None', backups: '/b', volumes: '/v' } } },
      'backups and volumes belong to the mode Folders',
    ],
    [
      'a relative folder',
      { driver: 'Cinder', cinder: { ...cinder, contentCheck: { mode: 'Folders', backups: 'b/c', volumes: '/v' } } },
      'spec.cinder.contentCheck.backups',
    ],
    [
      'a volume type that is named twice',
      { driver: 'Cinder', cinder, volumeTypes: [{ id: 'gold' }, { id: 'gold' }] },
      'Duplicate value',
    ],
  ])('is refused with %s', async (_what, spec, problem) => {
    const { code, stderr } = await api.create(zone(spec), '--dry-run=server');
    expect(code).not.toBe(0);
    expect(stderr).toContain(problem);
  });
});
