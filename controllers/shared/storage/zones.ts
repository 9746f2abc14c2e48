import type { StorageZone } from '../../../crds/types/storagezone.ts';
import { OutsideClients } from '../outside/clients.ts';
import { cinderDriver } from './cinder/driver.ts';
import { CinderClient, cinderOptions } from './cinder/client.ts';
import type { StorageDriver } from './driver.ts';

/** Connections to the storage of zones, kept while nothing of the zone changes. */
export class ZoneDrivers {
  readonly #clients = new OutsideClients();

  /** @returns undefined for a driver that these controllers do not have */
  of({ metadata, spec }: StorageZone): StorageDriver | undefined {
    if (spec.cinder === undefined) return undefined;
    const client = this.#clients.of(metadata.name, cinderOptions(spec.cinder));
    return cinderDriver(new CinderClient(client, spec.cinder));
  }

  /** The zone is gone. */
  forget(name: string): void {
    this.#clients.forget(name);
  }
}
