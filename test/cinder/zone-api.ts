import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { shareFolder } from './configuration.ts';
import { ownProject, type Zone } from './zones.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The tenant whose volumes are backed up in the tests. */
const tenant = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

const patience = 300_000;

/** Cinder's own API, as its users call it: tests look at a zone by it, and not by the driver that they test. */
export class ZoneApi {
  readonly #zone: Zone;
  readonly #project: string;

  constructor(zone: Zone, project = ownProject) {
    this.#zone = zone;
    this.#project = project;
  }

  /** @returns the body of the answer. @throws Error with it when the answer is no success */
  async call(method: string, path: string, body?: object): Promise<Fields> {
    const response = await fetch(`${this.#zone.endpoint}/${this.#project}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        'x-auth-token': `tests:${this.#project}`,
        'openstack-api-version': 'volume 3.71',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Fields);
  }

  /** Makes something. @returns what was made */
  async make(path: string, key: string, fields: object): Promise<Fields & { readonly id: string }> {
    return part(await this.call('POST', path, { [key]: fields }), key);
  }

  async get(path: string, key: string): Promise<Fields & { readonly id: string }> {
    return part(await this.call('GET', path), key);
  }

  async list(path: string, key: string): Promise<readonly (Fields & { readonly id: string })[]> {
    const { [key]: items } = await this.call('GET', path);
    return items as readonly (Fields & { readonly id: string })[];
  }

  /** Waits until Cinder has done what it was asked for. @throws Error when that went wrong */
  async available(path: string, key: string): Promise<Fields & { readonly id: string }> {
    for (const deadline = Date.now() + patience; ;) {
      const object = await this.get(path, key);
      if (object['status'] === 'available') return object;
      if (String(object['status']).startsWith('error') || Date.now() > deadline)
        throw new Error(`${path} is ${String(object['status'])}: ${JSON.stringify(object)}`);
      // Cinder tells of nothing by itself.
      await delay(200);
    }
  }
}

function part(body: Fields, key: string): Fields & { readonly id: string } {
  return body[key] as Fields & { readonly id: string };
}

/** @returns the file of a volume, as it is seen from outside the zone */
export function fileOf(zone: Zone, volumeID: string): string {
  return join(shareFolder({ share: zone.volumes }), `volume-${volumeID}`);
}

/** Where the bytes of a volume are that are not zero: at both ends of a block, and somewhere between. */
const places = [0, 32 * 1024 * 1024 - 4096, 700 * 1024 * 1024 + 12_345];

/** Bytes that a volume has at some places; everywhere else it has zeros. */
export type Content = readonly { readonly at: number; readonly bytes: Buffer }[];

async function fill(file: string): Promise<Content> {
  const content = places.map((at) => ({ at, bytes: randomBytes(8192) }));
  const handle = await open(file, 'r+');
  for (const { at, bytes } of content) await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
  return content;
}

/** @returns the same places of another file; what is beyond its end reads as zeros */
export async function contentOf(file: string, like: Content): Promise<Content> {
  const handle = await open(file, 'r');
  const content = await Promise.all(
    like.map(async ({ at, bytes }) => {
      const read = Buffer.alloc(bytes.length);
      await handle.read(read, 0, read.length, at);
      return { at, bytes: read };
    }),
  );
  await handle.close();
  return content;
}

/** A volume type, by its name. @returns its id */
export async function makeType(zone: Zone, name: string): Promise<string> {
  const { id } = await new ZoneApi(zone).make('/types', 'volume_type', {
    name,
    extra_specs: { volume_backend_name: 'files' },
  });
  return id;
}

export interface FilledVolume {
  readonly volumeID: string;
  readonly content: Content;
}

export interface Source extends FilledVolume {
  readonly backupID: string;
}

/** A volume of 1 GiB with known bytes. */
export async function makeVolume(zone: Zone, typeID: string): Promise<FilledVolume> {
  const api = new ZoneApi(zone, tenant);
  const volume = await api.make('/volumes', 'volume', {
    name: 'accounts',
    size: 1,
    volume_type: typeID,
    // A restore gives the new volume this name and value, and none of its own.
    metadata: { owner: 'accounts' },
  });
  await api.available(`/volumes/${volume.id}`, 'volume');
  return { volumeID: volume.id, content: await fill(fileOf(zone, volume.id)) };
}

/** The same, and a backup of it. */
export async function makeSource(zone: Zone, typeID: string): Promise<Source> {
  const volume = await makeVolume(zone, typeID);
  return { ...volume, backupID: await backUp(zone, { volume_id: volume.volumeID, name: 'nightly' }) };
}

/** A snapshot of a volume as it is now, and a backup of it. @returns the snapshot's id */
export async function makeSnapshot(zone: Zone, volumeID: string): Promise<string> {
  const api = new ZoneApi(zone, tenant);
  const snapshot = await api.make('/snapshots', 'snapshot', { volume_id: volumeID, name: 'before' });
  await api.available(`/snapshots/${snapshot.id}`, 'snapshot');
  await backUp(zone, { volume_id: volumeID, snapshot_id: snapshot.id, name: 'of a snapshot' });
  return snapshot.id;
}

/** @param of as Cinder's API has it. @returns the backup's id, when it is there */
export async function backUp(zone: Zone, of: Readonly<Record<string, string>>): Promise<string> {
  const api = new ZoneApi(zone, tenant);
  const backup = await api.make('/backups', 'backup', of);
  await api.available(`/backups/${backup.id}`, 'backup');
  return backup.id;
}
