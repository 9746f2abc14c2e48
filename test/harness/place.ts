import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { namespaces } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { removeNamespace } from '../cluster/remove-namespace.ts';

/** What one run of the crash harness has for itself. */
export interface Place {
  readonly namespace: string;
  readonly folder: string;
}

/** A fresh namespace and a fresh folder. */
export async function makePlace(client: Client): Promise<Place> {
  const namespace = `crash-${randomBytes(5).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-crash-'));
  await client.create(namespaces, { metadata: { name: namespace } });
  return { namespace, folder };
}

export async function removePlace(client: Client, { namespace, folder }: Place): Promise<void> {
  await removeNamespace(client, namespace);
  await rm(folder, { recursive: true, force: true });
}
