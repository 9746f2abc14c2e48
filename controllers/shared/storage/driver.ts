/*
 * What the controllers ask of the storage of a zone, whatever it is. All methods throw what the client of an outside
 * system throws (shared/outside/errors.ts).
 */

/** A backup, as the zone shows it. */
export interface Backup {
  readonly id: string;
  /** `available`, `creating`, `restoring`, `error` and others, as the storage calls them. */
  readonly status: string;
  /** Of what it was made; empty in the record of an import that was cut off. */
  readonly volumeID: string;
  /** Made of this snapshot of the volume; undefined: of the volume itself. */
  readonly snapshotID: string | undefined;
  /** GiB, of the volume. */
  readonly size: number;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Where its store keeps it; undefined: not told. */
  readonly container: string | undefined;
  /** Why it is in error, where the storage says. */
  readonly failReason: string | undefined;
}

/** By which another zone gets to know a backup. */
export interface BackupRecord {
  readonly service: string;
  readonly url: string;
}

export interface Volume {
  readonly id: string;
  readonly name: string;
  /** GiB. */
  readonly size: number;
  /** `available`, `creating`, `restoring-backup`, `error_restoring` and others, as the storage calls them. */
  readonly status: string;
  /** Name of its volume type. */
  readonly type: string | undefined;
  readonly bootable: boolean;
  /** The tenant that it belongs to. */
  readonly tenantID: string;
  /** The backup that was last restored into it, to its end or not. */
  readonly restoredFrom: string | undefined;
}

export interface VolumeType {
  readonly id: string;
  readonly name: string;
}

/** A volume that is on its way to another tenant. */
export interface Transfer {
  readonly id: string;
  readonly name: string;
  readonly volumeID: string;
}

export interface Service {
  readonly name: string;
  readonly up: boolean;
}

/** Changes nothing. */
export interface StorageLooks {
  /** @returns the newest version of the API that the zone offers, for example `3.71` */
  newestVersion(): Promise<string>;
  services(): Promise<readonly Service[]>;
  /** Of all tenants. */
  backups(): Promise<readonly Backup[]>;
  exportRecord(backupID: string): Promise<BackupRecord>;
  backup(id: string): Promise<Backup | undefined>;
  volumeType(id: string): Promise<VolumeType | undefined>;
  volume(id: string): Promise<Volume | undefined>;
  /** Those that are called exactly so, of all tenants. */
  volumesNamed(name: string): Promise<readonly Volume[]>;
  transfersOf(volumeID: string): Promise<readonly Transfer[]>;
  /** What the storage says, if anything, about why something went wrong with this. */
  reasons(resourceID: string): Promise<readonly string[]>;
}

/** Changes the zone. Nothing here deletes a backup, or its record: that would erase the backup for all zones. */
export interface StorageActs {
  importRecord(record: BackupRecord): Promise<void>;
  /** In the project of the controllers. To be called twice makes two volumes. */
  createVolume(volume: NewVolume): Promise<void>;
  restore(backupID: string, volumeID: string): Promise<void>;
  setBootable(volumeID: string, bootable: boolean): Promise<void>;
  /** @returns its id, and the key that is shown this once */
  offerTransfer(volumeID: string, name: string): Promise<{ readonly id: string; readonly key: string }>;
  /** In the name of the tenant. */
  acceptTransfer(id: string, key: string, tenantID: string): Promise<void>;
  withdrawTransfer(id: string): Promise<void>;
  /** Resolves also when it is gone. */
  deleteVolume(id: string): Promise<void>;
}

export interface NewVolume {
  readonly name: string;
  /** GiB. */
  readonly size: number;
  readonly typeID: string;
  readonly description: string;
}

export interface StorageDriver extends StorageLooks, StorageActs {
  /** The project of the controllers, in which volumes are made. */
  readonly projectID: string;
}
