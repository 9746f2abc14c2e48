import { RefusalError, UnreachableError } from '../../../controllers/shared/outside/errors.ts';
import type {
  Backup,
  BackupRecord,
  NewVolume,
  Service,
  StorageDriver,
  Transfer,
  Volume,
  VolumeType,
} from '../../../controllers/shared/storage/driver.ts';

/** How a played zone behaves; seconds, none unless stated. */
export interface ZoneBehaviour {
  readonly creating?: number;
  readonly importing?: number;
  readonly restoring?: number;
  /** What becomes of a restore; `available` with the content unless stated. */
  readonly restoreEnds?: 'available' | 'error_restoring';
  /** Calls that are refused with this status, by their name in the driver. */
  readonly refuses?: Readonly<Record<string, number>>;
}

interface PlayedVolume extends Volume {
  /** Whose content it has; undefined: none. */
  readonly content: string | undefined;
  /** When (a time of Date) what Cinder does to it ends, and what it is then. */
  readonly next?: { readonly at: number; readonly volume: Partial<PlayedVolume> };
}

const projectID = 'f1ee7';

/**
 * A zone's Cinder as the controllers see it, made of real answers: everything takes its time and is seen only by
 * looking; a restore replaces the metadata; a wrong state is a 400; nothing is found by anything but id and name; and
 * whatever is asked for twice is made twice.
 */
export class PlayedZone {
  behaviour: ZoneBehaviour = {};
  /** It answers nobody. */
  silent = false;
  readonly type: VolumeType = { id: 'silver', name: 'silver type' };
  /** What was made, ever. */
  readonly made: string[] = [];
  readonly #now: () => number;
  readonly #volumes = new Map<string, PlayedVolume>();
  readonly #backups = new Map<string, Backup & { readonly until?: number }>();
  readonly #transfers = new Map<string, Transfer & { readonly key: string }>();
  readonly #onChange: (what: string) => void;
  #count = 0;

  /** @param now a time of Date */
  constructor(now: () => number, onChange: (what: string) => void = () => undefined) {
    this.#now = now;
    this.#onChange = onChange;
  }

  get volumes(): readonly PlayedVolume[] {
    this.goOn();
    return [...this.#volumes.values()];
  }

  get backups(): readonly Backup[] {
    this.goOn();
    return [...this.#backups.values()];
  }

  /** There is a backup in this zone, made here. */
  addBackup(backup: Backup): void {
    this.#backups.set(backup.id, backup);
  }

  /** The zone shows it no more. */
  loseBackup(id: string): void {
    this.#backups.delete(id);
  }

  /** Somebody else works in the zone. */
  set(volumeID: string, volume: Partial<PlayedVolume>): void {
    const known = this.#volumes.get(volumeID);
    if (known !== undefined) this.#volumes.set(volumeID, { ...known, ...volume });
  }

  /** When (a time of Date) the next thing happens by itself. */
  nextChange(): number | undefined {
    const times = [
      ...[...this.#volumes.values()].map(({ next }) => next?.at),
      ...[...this.#backups.values()].map(({ until }) => until),
    ].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Lets happen what is due. */
  goOn(): void {
    const now = this.#now();
    for (const [id, { next, ...volume }] of this.#volumes) {
      if (next === undefined || next.at > now) continue;
      this.#volumes.set(id, { ...volume, ...next.volume });
      this.#onChange(`volume ${id} is ${next.volume.status}`);
    }
    for (const [id, { until, ...backup }] of this.#backups)
      if (until !== undefined && until <= now) this.#backups.set(id, { ...backup, status: 'available' });
  }

  /** What a controller talks to. */
  driver(): StorageDriver {
    const played = new Proxy(this.#calls(), {
      get: (calls, name: keyof StorageDriver) => {
        const call = calls[name];
        if (typeof call !== 'function') return call;
        return async (...parameters: readonly unknown[]) => {
          if (this.silent) throw new UnreachableError('Cinder', 'Cinder does not answer at http://zone: ECONNREFUSED');
          const status = this.behaviour.refuses?.[name];
          if (status !== undefined) throw refused(name, status, 'as it is told to');
          this.goOn();
          const answer: unknown = await Reflect.apply(call, undefined, parameters);
          return answer;
        };
      },
    });
    return played;
  }

  #calls(): StorageDriver {
    return {
      projectID,
      newestVersion: async () => '3.71',
      services: async () => services,
      backups: async () => [...this.#backups.values()],
      exportRecord: async (id) => ({ service: 'posix', url: id }),
      backup: async (id) => this.#backups.get(id),
      volumeType: async (id) => (id === this.type.id ? this.type : undefined),
      volume: async (id) => this.#volumes.get(id),
      volumesNamed: async (name) => [...this.#volumes.values()].filter((volume) => volume.name === name),
      transfersOf: async (id) => [...this.#transfers.values()].filter(({ volumeID }) => volumeID === id),
      reasons: async () => ['Backup failed to be restored.'],
      importRecord: async (record) => this.#import(record),
      createVolume: async (volume) => this.#create(volume),
      restore: async (backupID, volumeID) => this.#restore(backupID, volumeID),
      setBootable: async (id, bootable) => this.set(this.#volume('setBootable', id).id, { bootable }),
      offerTransfer: async (volumeID, name) => this.#offer(volumeID, name),
      acceptTransfer: async (id, key, tenantID) => this.#accept(id, key, tenantID),
      withdrawTransfer: async (id) => this.#withdraw(id),
      deleteVolume: async (id) => this.#delete(id),
    };
  }

  #import({ url }: BackupRecord): void {
    if (this.#backups.has(url)) throw refused('importRecord', 400, 'Backup already exists in database');
    const record = backupsElsewhere.get(url);
    if (record === undefined) throw refused('importRecord', 400, 'Backup record cannot be parsed');
    this.#did(`import of ${url}`);
    this.#backups.set(url, { ...record, ...this.#later(this.behaviour.importing) });
  }

  #later(seconds = 0): { readonly status: string; readonly until?: number } {
    return seconds === 0 ? { status: 'available' } : { status: 'creating', until: this.#now() + seconds * 1000 };
  }

  #create({ name, size }: NewVolume): void {
    const id = `volume-${(this.#count += 1)}`;
    this.#did(`volume ${name}`);
    const fresh = { id, name, size, type: this.type.name, bootable: false, tenantID: projectID } as const;
    this.#volumes.set(id, {
      ...fresh,
      status: 'creating',
      restoredFrom: undefined,
      content: undefined,
      next: { at: this.#now() + (this.behaviour.creating ?? 0) * 1000, volume: { status: 'available' } },
    });
  }

  #restore(backupID: string, volumeID: string): void {
    const volume = this.#volume('restore', volumeID);
    const backup = this.#backups.get(backupID);
    if (backup?.status !== 'available') throw refused('restore', 400, 'Backup status must be available');
    if (volume.status !== 'available') throw refused('restore', 400, 'Volume to be restored to must be available');
    if (volume.size < backup.size) throw refused('restore', 400, 'volume size is too small to restore backup');
    const at = this.#now() + (this.behaviour.restoring ?? 0) * 1000;
    const ends = this.behaviour.restoreEnds ?? 'available';
    this.#did(`restore of ${backupID} into ${volumeID}`);
    this.#backups.set(backupID, { ...backup, status: 'restoring', until: at });
    const good = ends === 'available' ? { content: backupID, bootable: true, restoredFrom: backupID } : {};
    this.set(volumeID, { status: 'restoring-backup', next: { at, volume: { status: ends, ...good } } });
  }

  #offer(volumeID: string, name: string): { readonly id: string; readonly key: string } {
    const { status } = this.#volume('offerTransfer', volumeID);
    if (status !== 'available') throw refused('offerTransfer', 400, 'status must be available');
    const id = `transfer-${(this.#count += 1)}`;
    this.#transfers.set(id, { id, name, volumeID, key: `key of ${id}` });
    this.set(volumeID, { status: 'awaiting-transfer' });
    return { id, key: `key of ${id}` };
  }

  #accept(id: string, key: string, tenantID: string): void {
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) throw refused('acceptTransfer', 404, 'Transfer could not be found');
    if (transfer.key !== key) throw refused('acceptTransfer', 400, 'invalid auth key');
    this.#transfers.delete(id);
    this.#did(`volume ${transfer.volumeID} to ${tenantID}`);
    this.set(transfer.volumeID, { status: 'available', tenantID });
  }

  #withdraw(id: string): void {
    const transfer = this.#transfers.get(id);
    this.#transfers.delete(id);
    if (transfer !== undefined) this.set(transfer.volumeID, { status: 'available' });
  }

  #delete(id: string): void {
    const { status } = this.#volume('deleteVolume', id);
    if (!['available', 'creating'].includes(status) && !status.startsWith('error'))
      throw refused('deleteVolume', 400, `Volume status must be available or error, but is ${status}`);
    this.#did(`deletion of ${id}`);
    this.#volumes.delete(id);
  }

  #did(what: string): void {
    this.made.push(what);
    this.#onChange(what);
  }

  #volume(call: string, id: string): PlayedVolume {
    const volume = this.#volumes.get(id);
    if (volume === undefined) throw refused(call, 404, 'Volume could not be found');
    return volume;
  }
}

const services: readonly Service[] = ['cinder-scheduler', 'cinder-backup', 'cinder-volume'].map((name) => ({
  name,
  up: true,
}));

/** Backups of other zones, whose records say no more than their ids. */
const backupsElsewhere = new Map<string, Backup>();

/** @returns a backup of 1 GiB of this volume, which any played zone can import */
export function playedBackup(id: string, volumeID: string, more: Partial<Backup> = {}): Backup {
  const backup: Backup = {
    id,
    volumeID,
    status: 'available',
    snapshotID: undefined,
    size: 1,
    createdAt: '2026-01-01T00:00:00Z',
    container: undefined,
    failReason: undefined,
    ...more,
  };
  backupsElsewhere.set(id, backup);
  return backup;
}

function refused(call: string, status: number, message: string): RefusalError {
  return new RefusalError('Cinder', call, status, { message });
}
