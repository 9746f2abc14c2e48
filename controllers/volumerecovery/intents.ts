import type { VolumeRecoveryStatus } from '../../crds/types/volumerecovery.ts';
import type { PlanOf } from '../shared/planning.ts';
import type { BackupRecord, NewVolume } from '../shared/storage/driver.ts';
import type { GiveId } from '../shared/steps.ts';

/** What a recovery does with its own object. */
export type ObjectIntent =
  | GiveId
  | { readonly do: 'addFinalizer'; readonly because: string }
  | { readonly do: 'removeFinalizer'; readonly because: string }
  | { readonly do: 'deleteRecovery'; readonly because: string };

/** What it does in the destination zone. None of it deletes a backup or its record. */
export type ZoneIntent =
  | { readonly do: 'importRecord'; readonly record: BackupRecord; readonly because: string }
  | { readonly do: 'createVolume'; readonly volume: NewVolume; readonly because: string }
  | { readonly do: 'restore'; readonly backupID: string; readonly volumeID: string; readonly because: string }
  | { readonly do: 'setBootable'; readonly volumeID: string; readonly bootable: boolean; readonly because: string }
  | {
      readonly do: 'handOver';
      readonly volumeID: string;
      readonly name: string;
      readonly tenantID: string;
      readonly because: string;
    }
  | { readonly do: 'withdrawTransfer'; readonly transferID: string; readonly because: string }
  | { readonly do: 'deleteVolume'; readonly volumeID: string; readonly because: string };

export type Intent = ObjectIntent | ZoneIntent;

/** What a pass does. */
export type Plan = PlanOf<VolumeRecoveryStatus, Intent>;
