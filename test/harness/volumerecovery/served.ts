import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { RefusalError } from '../../../controllers/shared/outside/errors.ts';
import type { Backup, StorageDriver, Volume } from '../../../controllers/shared/storage/driver.ts';
import type { PlayedZone } from './played-zone.ts';

/** A played zone with the REST interface of Cinder, as far as the controllers ask. */
export interface ServedZone {
  /** For a StorageZone. */
  readonly endpoint: string;
  close(): Promise<void>;
}

interface Call {
  readonly zone: StorageDriver;
  /** In whose name. */
  readonly projectID: string;
  /** What the path says where the route has a group. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

type Answer = (call: Call) => Promise<unknown>;

/** By method and path below the project. */
const routes: readonly (readonly [route: RegExp, answer: Answer])[] = [
  [/^GET \/os-services$/, async ({ zone }) => ({ services: (await zone.services()).map(serviceOf) })],
  [/^GET \/backups\/detail$/, async ({ zone }) => ({ backups: (await zone.backups()).map(backupOf) })],
  [/^GET \/backups\/([^/]+)\/export_record$/, async ({ zone, id }) => recordOf(await zone.exportRecord(id))],
  [/^GET \/backups\/([^/]+)$/, async ({ zone, id }) => ({ backup: backupOf(there(await zone.backup(id))) })],
  [/^GET \/types\/([^/]+)$/, async ({ zone, id }) => ({ volume_type: there(await zone.volumeType(id)) })],
  [
    /^GET \/volumes\/detail$/,
    async ({ zone, query }) => ({ volumes: (await zone.volumesNamed(query.get('name') ?? '')).map(volumeOf) }),
  ],
  [/^GET \/volumes\/([^/]+)$/, async ({ zone, id }) => ({ volume: volumeOf(there(await zone.volume(id))) })],
  [
    /^POST \/backups\/import_record$/,
    async ({ zone, body }) => {
      const { backup_service: service = '', backup_url: url = '' } = body['backup-record'] ?? {};
      await zone.importRecord({ service, url });
      return { backup: {} };
    },
  ],
  [
    /^POST \/volumes$/,
    async ({ zone, body }) => {
      const { name = '', size, volume_type: typeID = '', description = '' } = body['volume'] ?? {};
      await zone.createVolume({ name, size: Number(size), typeID, description });
      return { volume: {} };
    },
  ],
  [
    /^POST \/backups\/([^/]+)\/restore$/,
    async ({ zone, id, body }) => {
      await zone.restore(id, body['restore']?.['volume_id'] ?? '');
      return { restore: {} };
    },
  ],
  [
    /^POST \/volumes\/([^/]+)\/action$/,
    async ({ zone, id, body }) => {
      await zone.setBootable(id, String(body['os-set_bootable']?.['bootable']) === 'true');
    },
  ],
  [
    /^POST \/volume-transfers$/,
    async ({ zone, body }) => {
      const { volume_id: volumeID = '', name = '' } = body['transfer'] ?? {};
      const { id, key } = await zone.offerTransfer(volumeID, name);
      return { transfer: { id, auth_key: key } };
    },
  ],
  [
    /^POST \/volume-transfers\/([^/]+)\/accept$/,
    async ({ zone, id, body, projectID }) => {
      await zone.acceptTransfer(id, body['accept']?.['auth_key'] ?? '', projectID);
      return { transfer: {} };
    },
  ],
];

/** Serves it on loopback. */
export async function serveZone(zone: PlayedZone): Promise<ServedZone> {
  const driver = zone.driver();
  const server = createServer((request, reply) => {
    void (async () => {
      const { status, body } = await answerTo(driver, request);
      reply.writeHead(status, { 'content-type': 'application/json' });
      reply.end(body === undefined ? '' : JSON.stringify(body));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answerTo(
  zone: StorageDriver,
  request: IncomingMessage,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://zone');
  const { method = '' } = request;
  // Cinder answers this one with 300.
  if (pathname === '/')
    return { status: 300, body: { versions: [{ id: 'v3.0', version: await zone.newestVersion() }] } };
  const [, projectID = '', path = ''] = /^\/v3\/([^/]+)(\/.*)$/.exec(pathname) ?? [];
  const body = (await bodyOf(request)) as Call['body'];
  try {
    for (const [route, answer] of routes) {
      const match = route.exec(`${method} ${path}`);
      if (match === null) continue;
      return { status: 200, body: await answer({ zone, projectID, id: match[1] ?? '', query, body }) };
    }
    return { status: 400, body: { badRequest: { code: 400, message: `nobody plays ${method} ${path}` } } };
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    const { httpStatus: code, message } = error;
    return { status: code, body: { [code === 404 ? 'itemNotFound' : 'badRequest']: { code, message } } };
  }
}

/** @throws RefusalError for what is not there */
function there<T>(found: T | undefined): T {
  if (found === undefined) throw new RefusalError('Cinder', 'GET', 404, 'it could not be found');
  return found;
}

function serviceOf({ name, up }: Awaited<ReturnType<StorageDriver['services']>>[number]): object {
  return { binary: name, status: 'enabled', state: up ? 'up' : 'down' };
}

function recordOf({ service, url }: Awaited<ReturnType<StorageDriver['exportRecord']>>): object {
  return { 'backup-record': { backup_service: service, backup_url: url } };
}

function backupOf({ id, status, volumeID, snapshotID, size, createdAt }: Backup): object {
  const volume = { volume_id: volumeID, snapshot_id: snapshotID ?? null, size };
  return { id, status, ...volume, created_at: createdAt.replace('Z', '.000000'), container: null, fail_reason: null };
}

function volumeOf({ id, name, size, status, type, bootable, tenantID, restoredFrom }: Volume): object {
  return {
    id,
    name,
    size,
    status,
    volume_type: type,
    bootable: String(bootable),
    'os-vol-tenant-attr:tenant_id': tenantID,
    metadata: restoredFrom === undefined ? {} : { src_backup_id: restoredFrom },
  };
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : JSON.parse(text);
}
