import { volumeRecovery } from '../../../harness/volumerecovery/objects.ts';
import type { RecoveryStory } from '../../../harness/volumerecovery/story.ts';

const ours = 'f1ee7';
const tenants = 'cafe';
const slow = { creating: 2, importing: 1, restoring: 30 };

export const stories: readonly RecoveryStory[] = [
  {
    title: 'a volume is recovered and handed to its tenant',
    file: 'recovered',
    script: (world) => {
      world.zone.behaviour = slow;
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
    },
    ends: { db: ['Succeeded'] },
    volumes: [[tenants]],
  },
  {
    title: 'a volume is waited for of which the zone has told no backup yet',
    file: 'no-backup-yet',
    script: (world) => {
      world.applies(1, volumeRecovery('db'));
      world.hasBackup(300);
    },
    ends: { db: ['Succeeded'] },
    volumes: [[tenants]],
  },
  {
    title: 'two recoveries of one volume make two volumes, restored one after the other',
    file: 'two-of-one',
    script: (world) => {
      world.zone.behaviour = slow;
      world.hasBackup();
      world.applies(1, volumeRecovery('one'));
      world.applies(1, volumeRecovery('two'));
    },
    ends: { one: ['Succeeded'], two: ['Succeeded'] },
    volumes: [[tenants, tenants]],
  },
  {
    title: 'a restore that the storage cannot do fails the recovery with its reason',
    file: 'restore-fails',
    script: (world) => {
      world.zone.behaviour = { ...slow, restoreEnds: 'error_restoring' };
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
    },
    ends: { db: ['Failed'] },
    volumes: [[ours]],
  },
  {
    title: 'a recovery that failed and is deleted leaves no volume behind',
    file: 'failed-and-deleted',
    script: (world) => {
      world.zone.behaviour = { ...slow, restoreEnds: 'error_restoring' };
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.deletes(200, 'db');
    },
    ends: { db: ['gone'] },
    volumes: [[]],
  },
  {
    title: 'a recovery that is deleted while its volume is restored deletes the volume afterwards',
    file: 'deleted-half-way',
    script: (world) => {
      world.zone.behaviour = slow;
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.deletes(15, 'db');
    },
    ends: { db: ['gone'] },
    // In another order it had come to its end before.
    volumes: [[], [tenants]],
  },
  {
    title: 'a recovery that is deleted after its end leaves the volume to its tenant',
    file: 'deleted-afterwards',
    script: (world) => {
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.deletes(4000, 'db');
    },
    ends: { db: ['gone'] },
    // In another order it was deleted before its end.
    volumes: [[tenants], []],
  },
  {
    title: 'a zone that falls silent is waited for',
    file: 'silent',
    script: (world) => {
      world.zone.behaviour = slow;
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.at(10, 'zone b', 'falls silent', () => (world.zone.silent = true));
      world.at(500, 'zone b', 'answers again', () => (world.zone.silent = false));
    },
    ends: { db: ['Succeeded'] },
    volumes: [[tenants]],
  },
  {
    title: 'a deletion ends although the zone never answers again',
    file: 'deleted-in-silence',
    script: (world) => {
      world.zone.behaviour = slow;
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.at(10, 'zone b', 'falls silent', () => (world.zone.silent = true));
      world.deletes(60, 'db');
    },
    ends: { db: ['gone'] },
    volumes: [[ours], [], [tenants]],
  },
  {
    title: 'a source that is described no more is not needed, as the catalogue tells of its backup',
    file: 'source-forgotten',
    script: (world) => {
      world.zone.behaviour = slow;
      world.hasBackup();
      world.forgetsZone(1, 'a');
      world.applies(2, volumeRecovery('db'));
    },
    ends: { db: ['Succeeded'] },
    volumes: [[tenants]],
  },
  {
    title: 'a destination that is described no more is waited for until it is described again',
    file: 'destination-forgotten',
    script: (world) => {
      world.zone.behaviour = slow;
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.forgetsZone(10, 'b');
      world.describesZone(500, 'b');
    },
    ends: { db: ['Succeeded'] },
    volumes: [[tenants]],
  },
  {
    title: 'a deletion ends although the destination is described no more',
    file: 'deleted-and-forgotten',
    script: (world) => {
      world.zone.behaviour = slow;
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.forgetsZone(10, 'b');
      world.deletes(60, 'db');
    },
    ends: { db: ['gone'] },
    // In another order it had come to its end before, or had made nothing yet.
    volumes: [[ours], [tenants], []],
  },
  {
    title: 'a dry run shows the plan; the recovery runs when dryRun is taken back',
    file: 'dry-run',
    script: (world) => {
      world.hasBackup();
      world.applies(1, volumeRecovery('db', { dryRun: true }));
      world.changes(60, 'db', 'dryRun is set to false', { dryRun: false });
    },
    ends: { db: ['Succeeded'] },
    volumes: [[tenants]],
  },
  {
    title: 'a quota that is used up is told, and the recovery goes on when it is raised',
    file: 'quota',
    script: (world) => {
      world.zone.behaviour = { refuses: { createVolume: 413 } };
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.at(1000, 'zone b', 'the quota is raised', () => (world.zone.behaviour = {}));
    },
    ends: { db: ['Succeeded'] },
    volumes: [[tenants]],
  },
  {
    title: 'a pause holds the next step, and not what the storage works on',
    file: 'paused',
    script: (world) => {
      world.zone.behaviour = slow;
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.changes(15, 'db', 'is paused', { paused: true });
      world.changes(900, 'db', 'goes on', { paused: false });
    },
    ends: { db: ['Succeeded'] },
    volumes: [[tenants]],
  },
  {
    title: 'a quota of the tenant that is used up is told, and the volume is handed over when it is raised',
    file: 'tenants-quota',
    script: (world) => {
      world.zone.behaviour = { ...slow, refuses: { acceptTransfer: 413 } };
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.at(1000, 'zone b', 'the quota of the tenant is raised', () => (world.zone.behaviour = slow));
    },
    ends: { db: ['Succeeded'] },
    volumes: [[tenants]],
  },
  {
    title: 'a volume that is on its way to nobody is told of, and handed over when somebody has put it right',
    file: 'transfer-missing',
    script: (world) => {
      world.zone.behaviour = { ...slow, refuses: { acceptTransfer: 413 } };
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      const becomes = (status: string): void => {
        for (const { id } of world.zone.volumes) world.zone.set(id, { status });
      };
      // Between two offers, of which the first was refused.
      world.at(120, 'zone b', 'somebody resets the volume to awaiting-transfer', () => becomes('awaiting-transfer'));
      world.at(900, 'zone b', 'somebody resets the volume to available, and raises the quota', () => {
        world.zone.behaviour = slow;
        becomes('available');
      });
    },
    ends: { db: ['Succeeded'] },
    volumes: [[tenants]],
  },
  {
    title: 'a volume that somebody puts into error is not restored again',
    file: 'reset-by-somebody',
    script: (world) => {
      world.zone.behaviour = { ...slow, restoring: 3600 };
      world.hasBackup();
      world.applies(1, volumeRecovery('db'));
      world.at(1800, 'zone b', 'somebody resets the volume to error', () => {
        for (const { id } of world.zone.volumes) world.zone.set(id, { status: 'error' });
      });
    },
    ends: { db: ['Failed', 'Succeeded'] },
    volumes: [[ours], [tenants]],
  },
];
