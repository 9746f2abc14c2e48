import { stepDone } from '../../shared/step-list.ts';
import type { Plan } from '../intents.ts';
import type { Observed } from '../observe.ts';
import { ended, failed, held } from '../reports.ts';
import { atWork, ask, done, lastedFor } from './common.ts';
import { gone } from './volume.ts';

const lookAgain = 60_000;
/** How long (milliseconds) a volume may be on its way without a transfer: it takes no second. */
const transferPatience = 300_000;

/** Sees that the volume is of the type that was asked for, and boots machines or not. */
export function makeBootable(observed: Observed, now: Date): Plan {
  const { recovery, zone } = observed;
  const { volume, type } = zone;
  if (volume === undefined) return gone(observed, now);
  const { bootable = false, destination } = recovery.spec;
  if (type === undefined || volume.type !== type.name)
    return failed(
      recovery,
      now,
      'TypeDiffers',
      `volume ${volume.id} has the type ${volume.type ?? 'none'}, ` +
        `and ${type?.name ?? destination.volumeTypeID} was asked for`,
    );
  if (volume.bootable === bootable) {
    const message = `${bootable ? 'bootable' : 'not bootable'}, type ${type.name}, ${volume.size} GiB`;
    return done(observed, now, 'MadeBootable', {}, message);
  }
  return ask(observed, now, {
    do: 'setBootable',
    volumeID: volume.id,
    bootable,
    because: `it is marked as ${volume.bootable ? 'bootable' : 'not bootable'}`,
  });
}

/** Gives the volume to its tenant. Whether that was done is told by whose it is. */
export function handOver(observed: Observed, now: Date): Plan {
  const { recovery, zone } = observed;
  const { volume } = zone;
  if (volume === undefined) return gone(observed, now);
  const { tenantID } = recovery.spec.destination;
  if (volume.tenantID === tenantID) {
    const steps = stepDone(recovery.status?.steps, 'HandedOver', now, `it belongs to tenant ${tenantID}`);
    return ended(
      recovery,
      now,
      { good: true, reason: 'Recovered', message: recoveredText(observed) },
      { steps, newVolumeID: volume.id },
    );
  }
  if (volume.tenantID !== zone.projectID)
    return failed(
      recovery,
      now,
      'WrongTenant',
      `volume ${volume.id} belongs to tenant ${volume.tenantID}, which nobody asked for`,
    );
  if (volume.status === 'awaiting-transfer') return takeBack(observed, now) ?? withoutTransfer(observed, now);
  if (volume.status !== 'available')
    return atWork(
      observed,
      now,
      'StorageAtWork',
      `volume ${volume.id} is "${volume.status}" in zone ${recovery.spec.destination.zone}`,
    );
  return ask(observed, now, {
    do: 'handOver',
    volumeID: volume.id,
    name: transferNameOf(observed),
    tenantID,
    because: 'it is as it was asked for',
  });
}

/** One that is accepted at this very moment is seen so as well. */
function withoutTransfer(observed: Observed, now: Date): Plan {
  const { id = '' } = observed.zone.volume ?? {};
  if (lastedFor(observed, 'HandedOver', now) < transferPatience)
    return atWork(observed, now, 'StorageAtWork', `volume ${id} is on its way`);
  return held(observed.recovery, now, {
    reason: 'TransferMissing',
    message:
      `volume ${id} is "awaiting-transfer", and there is no transfer of it: ` +
      'an administrator can set it to available (os-reset_status)',
    forSomebody: true,
    lookAgain,
  });
}

/** A transfer whose key was lost with the process that made it: it is withdrawn, and a new one made. */
export function takeBack(observed: Observed, now: Date): Plan | undefined {
  const { recovery, zone } = observed;
  const [transfer] = zone.transfers ?? [];
  if (transfer === undefined) return undefined;
  if (transfer.name !== transferNameOf(observed))
    return held(recovery, now, {
      reason: 'TransferNotOurs',
      message:
        `somebody else offers volume ${transfer.volumeID} by transfer ${transfer.id} (${transfer.name}): ` +
        'let it be withdrawn',
      forSomebody: true,
      lookAgain,
    });
  return ask(observed, now, {
    do: 'withdrawTransfer',
    transferID: transfer.id,
    because: 'its key is not known any more',
  });
}

function transferNameOf({ recovery }: Observed): string {
  return `recovery-${recovery.metadata.uid}`;
}

function recoveredText({ recovery, zone }: Observed): string {
  const { destination } = recovery.spec;
  const verified = recovery.status?.steps?.find(({ name }) => name === 'Verified')?.message ?? '';
  return `volume ${zone.volume?.id} in zone ${destination.zone} belongs to tenant ${destination.tenantID}; ${verified}`;
}
