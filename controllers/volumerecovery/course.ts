import type { VolumeRecovery, VolumeRecoveryStepName } from '../../crds/types/volumerecovery.ts';
import { nextStep } from '../shared/step-list.ts';

/** The steps of a recovery, in their order. */
export const course: readonly VolumeRecoveryStepName[] = [
  'Located',
  'Imported',
  'Created',
  'Restored',
  'Verified',
  'MadeBootable',
  'HandedOver',
];

/** @returns the step that is to be done next; undefined when all are */
export function stepOf({ status }: VolumeRecovery): VolumeRecoveryStepName | undefined {
  return nextStep(course, status?.steps);
}

/** Ended for good. */
export function isFinished({ status }: VolumeRecovery): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/**
 * The name of the new volume. It is what the volume is found by as long as its id is not recorded: the metadata that
 * one might rather use is replaced by a restore. A name that began with restore_backup_ would be replaced as well.
 */
export function volumeNameOf({ metadata }: VolumeRecovery): string {
  return `recovery-${metadata.uid}`;
}
