import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, onTestFinished, test } from 'vitest';

import { CinderAnswerError } from '../../../../../controllers/shared/storage/cinder/answers.ts';
import { CinderClient, cinderOptions } from '../../../../../controllers/shared/storage/cinder/client.ts';
import { cinderDriver } from '../../../../../controllers/shared/storage/cinder/driver.ts';
import { OutsideClient } from '../../../../../controllers/shared/outside/client.ts';
import { NotLetInError, RefusalError } from '../../../../../controllers/shared/outside/errors.ts';
import type { StorageDriver } from '../../../../../controllers/shared/storage/driver.ts';

interface Call {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Played {
  readonly driver: StorageDriver;
  readonly calls: Call[];
}

/** A server that gives these answers, one after the other, as a Cinder gave them. */
async function cinder(
  ...answers: readonly { readonly status: number; readonly body?: object | string }[]
): Promise<Played> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const answer = answers[calls.length] ?? { status: 500 };
      calls.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(typeof answer.body === 'object' ? JSON.stringify(answer.body) : (answer.body ?? ''));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const zone = {
    endpoint: `http://127.0.0.1:${port}/v3`,
    noAuth: { projectID: 'abc0' },
    contentCheck: { mode: 'None' },
  } as const;
  const client = new OutsideClient(cinderOptions(zone));
  onTestFinished(async () => {
    await client.close();
    server.close();
  });
  return { driver: cinderDriver(new CinderClient(client, zone)), calls };
}

const backup = {
  id: 'b-1',
  status: 'available',
  volume_id: 'v-1',
  snapshot_id: null,
  size: 1,
  created_at: '2026-11-27T08:10:35.540565',
  container: 'ab/cd/b-1',
  fail_reason: null,
};
const volume = {
  id: 'n-1',
  name: 'recovery-1',
  size: 1,
  status: 'available',
  volume_type: 'silver',
  bootable: 'false',
  'os-vol-tenant-attr:tenant_id': 'abc0',
  metadata: { src_backup_id: 'b-1' },
};
const notFound = { itemNotFound: { code: 404, message: 'Volume n-1 could not be found.' } };

describe('every call', () => {
  test('says in whose name it is made and which version is spoken', async () => {
    const { driver, calls } = await cinder({ status: 200, body: { volume } });
    expect(await driver.volume('n-1')).toEqual({
      id: 'n-1',
      name: 'recovery-1',
      size: 1,
      status: 'available',
      type: 'silver',
      bootable: false,
      tenantID: 'abc0',
      restoredFrom: 'b-1',
    });
    expect(calls[0]).toMatchObject({
      url: '/v3/abc0/volumes/n-1',
      headers: { 'x-auth-token': 'fleetwright:abc0', 'openstack-api-version': 'volume 3.55' },
    });
  });

  test('that is not allowed names the policy', async () => {
    const message = "Policy doesn't allow volume_extension:services:index to be performed.";
    const { driver } = await cinder({ status: 403, body: { forbidden: { code: 403, message } } });
    await expect(driver.services()).rejects.toThrow(
      new NotLetInError('Cinder', `Cinder does not allow GET /os-services: ${message}`),
    );
  });

  test('to which nothing is answered is no success', async () => {
    const { driver } = await cinder({ status: 204 }, { status: 204 });
    await expect(driver.volume('n-1')).rejects.toThrow('Cinder answered GET /volumes/n-1 with nothing at all');
    const created = driver.createVolume({ name: 'x', size: 1, typeID: 't', description: '' });
    await expect(created).rejects.toThrow(CinderAnswerError);
  });

  test('is answered "there is none" by Cinder alone, and not by what stands before it', async () => {
    const { driver } = await cinder({ status: 404, body: notFound }, { status: 404, body: '<html>' });
    expect(await driver.volume('n-1')).toBeUndefined();
    await expect(driver.volume('n-1')).rejects.toThrow(RefusalError);
  });
});

test('a time of Cinder is read as UTC, which it does not say', async () => {
  const { driver } = await cinder({ status: 200, body: { backup } });
  expect((await driver.backup('b-1'))?.createdAt).toBe('2026-11-27T08:10:35Z');
});

test('an import that was cut off has a backup of no volume', async () => {
  const stuck = { ...backup, status: 'creating', size: 0, volume_id: '00000000-0000-0000-0000-000000000000' };
  const { driver } = await cinder({ status: 200, body: { backup: stuck } });
  expect(await driver.backup('b-1')).toMatchObject({ status: 'creating', volumeID: '' });
});

test('volumes are found by their exact name, whatever a Cinder makes of the filter', async () => {
  const { driver, calls } = await cinder({
    status: 200,
    body: { volumes: [volume, { ...volume, id: 'n-2', name: 'recovery-10' }] },
  });
  expect((await driver.volumesNamed('recovery-1')).map(({ id }) => id)).toEqual(['n-1']);
  expect(calls[0]?.url).toBe('/v3/abc0/volumes/detail?all_tenants=1&name=recovery-1&limit=1000');
});

test('a list goes on as long as Cinder names a next page', async () => {
  const links = [{ rel: 'next', href: 'http://elsewhere/v3/abc0/backups/detail?marker=b-1' }];
  const { driver, calls } = await cinder(
    { status: 200, body: { backups: [backup], backups_links: links } },
    { status: 200, body: { backups: [{ ...backup, id: 'b-2' }] } },
  );
  expect((await driver.backups()).map(({ id }) => id)).toEqual(['b-1', 'b-2']);
  expect(calls[1]?.url).toBe('/v3/abc0/backups/detail?all_tenants=1&limit=1000&marker=b-1');
});

test('the newest version is read without a credential, from an answer of 300', async () => {
  const versions = [{ id: 'v3.0', status: 'CURRENT', version: '3.71', min_version: '3.0' }];
  const { driver, calls } = await cinder({ status: 300, body: { versions } });
  expect(await driver.newestVersion()).toBe('3.71');
  expect(calls[0]?.url).toBe('/');
  expect(calls[0]?.headers).not.toHaveProperty('x-auth-token');
});

test('a transfer is accepted in the name of the tenant', async () => {
  const { driver, calls } = await cinder(
    { status: 202, body: { transfer: { id: 't-1', auth_key: 'k', volume_id: 'n-1', name: 'x' } } },
    { status: 202, body: { transfer: { id: 't-1' } } },
  );
  const { id, key } = await driver.offerTransfer('n-1', 'x');
  await driver.acceptTransfer(id, key, 'cafe');
  expect(calls[1]).toMatchObject({
    method: 'POST',
    url: '/v3/cafe/volume-transfers/t-1/accept',
    headers: { 'x-auth-token': 'fleetwright:cafe' },
    body: '{"accept":{"auth_key":"k"}}',
  });
});

test('transfers of a volume are asked for without the size of a page, which would be a filter', async () => {
  const transfers = [
    { id: 't-1', name: 'x', volume_id: 'n-1' },
    { id: 't-2', name: 'y', volume_id: 'n-2' },
  ];
  const { driver, calls } = await cinder({ status: 200, body: { transfers } });
  expect(await driver.transfersOf('n-1')).toEqual([{ id: 't-1', name: 'x', volumeID: 'n-1' }]);
  expect(calls[0]?.url).toBe('/v3/abc0/volume-transfers/detail');
});

test('a volume is made with the size and the type that are asked for, and with no source', async () => {
  const { driver, calls } = await cinder({ status: 202, body: { volume } });
  await driver.createVolume({ name: 'recovery-1', size: 1, typeID: 'silver', description: 'd' });
  expect(JSON.parse(calls[0]?.body ?? '')).toEqual({
    volume: { name: 'recovery-1', size: 1, volume_type: 'silver', description: 'd' },
  });
});
