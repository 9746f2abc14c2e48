import { backupMissingLabel } from '../../crds/labels.ts';
import type { StorageZone } from '../../crds/types/storagezone.ts';
import { configMaps } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { AlreadyExistsError } from '../../kube/errors.ts';
import type { OutsideTrouble } from '../shared/outside/troubles.ts';
import { catalogueName, catalogueObject, type CatalogueEntry } from '../shared/storage/catalogue.ts';
import type { Backup, StorageLooks } from '../shared/storage/driver.ts';
import { zoneTrouble } from '../shared/storage/trouble.ts';
import type { Intent } from './intents.ts';

/** What acting needs. */
export interface Hands {
  readonly client: Client;
  readonly systemNamespace: string;
  readonly zoneOf: (zone: StorageZone) => StorageLooks | undefined;
  /** What copying a record last failed with, by the name of the zone. */
  readonly copyTroubles: Map<string, OutsideTrouble>;
}

/** Carries out intents in their order, up to the first record that the zone does not give. Each may be repeated. */
export async function act(zone: StorageZone, intents: readonly Intent[], hands: Hands): Promise<void> {
  for (const intent of intents) {
    switch (intent.do) {
      case 'copyRecord':
        if (!(await copyRecord(zone, intent.backup, hands))) return;
        break;
      case 'markMissing':
        await mark(intent.entry, 'true', hands);
        break;
      case 'markSeen':
        await mark(intent.entry, null, hands);
        break;
    }
  }
}

/** @returns whether it is in the catalogue now */
async function copyRecord(zone: StorageZone, backup: Backup, hands: Hands): Promise<boolean> {
  const { client, systemNamespace, zoneOf, copyTroubles } = hands;
  const { name } = zone.metadata;
  const storage = zoneOf(zone);
  if (storage === undefined) return false;
  try {
    const record = await storage.exportRecord(backup.id);
    copyTroubles.delete(name);
    await client.create(configMaps, catalogueObject(systemNamespace, { zone: name, backup, record, missing: false }));
    return true;
  } catch (error) {
    // By an earlier pass of which the cache does not tell yet.
    if (error instanceof AlreadyExistsError) return true;
    const trouble = zoneTrouble(error);
    if (trouble === undefined) throw error;
    copyTroubles.set(name, trouble);
    return false;
  }
}

async function mark(
  { zone, backup }: CatalogueEntry,
  missing: string | null,
  { client, systemNamespace }: Hands,
): Promise<void> {
  const key = { namespace: systemNamespace, name: catalogueName(zone, backup.id) };
  await client.mergePatch(configMaps, key, { metadata: { labels: { [backupMissingLabel]: missing } } });
}
