import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';

import { configMaps, type ConfigMap } from '../../kube/builtin.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';
import type { Stack } from './stack/stack.ts';

const events: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
const leases: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};

/**
 * Everything that people and programs can read of what a stack did, by where it stands. What callers themselves wrote
 * into `spec` is not it.
 */
export async function placesOf(stack: Stack): Promise<ReadonlyMap<string, string>> {
  const { client, namespace, facade } = stack;
  const listed = async <T extends KubeObject>(type: ResourceType<T>): Promise<readonly T[]> =>
    (await client.list(type, { namespace })).items;
  const tasks = (await stack.tasks()).map(({ metadata, status }) => ({
    metadata: { ...metadata, managedFields: undefined },
    status,
  }));
  const maps = await listed(configMaps);
  return new Map([
    ['log of the facade', facade.log()],
    ['log of the controllers', stack.controllers.log],
    ['log of the recorder', stack.recorder.log],
    ['metrics of the facade', await (await fetch(`${facade.healthUrl}/metrics`)).text()],
    ['metadata and status of tasks', JSON.stringify(tasks)],
    ['events', JSON.stringify(await listed(events))],
    ['leases', JSON.stringify(await listed(leases))],
    ['ConfigMaps', JSON.stringify(maps)],
    ['run logs', maps.flatMap(unpacked).join('\n')],
    ...(await historyPlaces(stack.historyFile)),
  ]);
}

/** What packed ConfigMaps hold. */
export function unpacked({ binaryData = {} }: ConfigMap): readonly string[] {
  return Object.values(binaryData).map((value) => gunzipSync(Buffer.from(value, 'base64')).toString('utf8'));
}

/**
 * The history as its tables tell it, and the bytes of all its files: what was deleted from a table may still stand
 * there.
 */
export async function historyPlaces(file: string): Promise<readonly (readonly [string, string])[]> {
  const folder = dirname(file);
  const files = (await readdir(folder)).filter((name) => name.startsWith(basename(file)));
  const bytes = await Promise.all(
    files.map(async (name) => [`bytes of ${name}`, await readFile(join(folder, name), 'latin1')] as const),
  );
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()
      .map(({ name }) => String(name));
    const rows = tables.map((name) => JSON.stringify(database.prepare(`SELECT * FROM "${name}"`).all(), readable));
    return [['tables of the history', rows.join('\n')], ...bytes];
  } finally {
    database.close();
  }
}

/** Columns may hold bytes, packed or plain, and integers beyond what JSON knows. */
function readable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Uint8Array)) return value;
  const packed = value[0] === 0x1f && value[1] === 0x8b;
  return Buffer.from(packed ? gunzipSync(value) : value).toString('utf8');
}

/** @returns where the secret stands, as it is or in base64, whatever stands before it there */
export function findIn(places: ReadonlyMap<string, string>, secret: string): readonly string[] {
  const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...base64Forms(secret)];
  return [...places].flatMap(([place, text]) => (forms.some((form) => text.includes(form)) ? [place] : []));
}

/**
 * Base64 of a text depends on where in a group of three bytes it begins; the digits that depend on its neighbours are
 * left out.
 */
function base64Forms(secret: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const digits = Buffer.from('\0'.repeat(offset) + secret)
      .toString('base64')
      .replace(/=+$/, '');
    return digits.slice(Math.ceil((offset * 8) / 6), -1);
  });
}
