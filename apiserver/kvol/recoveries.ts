import { randomBytes } from 'node:crypto';

import { idOf, requestedByAnnotation, requestIdAnnotation } from '../../crds/labels.ts';
import type { VolumeRecovery } from '../../crds/types/volumerecovery.ts';
import type { Parameters } from './parameters.ts';

/** The two ways to ask for a volume; each has a list of its own. */
export type Way = 'create' | 'recovery';

/** Which of a volume's things each way names, in the words of the API. */
export const ways = {
  create: { parameter: 'src-snapshot-id', message: 'snapshot volume creating ...', origin: 'org_snapshot_id' },
  recovery: { parameter: 'src-volume-id', message: 'recovery volume creating ...', origin: 'org_volume_id' },
} as const satisfies Readonly<Record<Way, object>>;

/** The VolumeRecovery that a call asks for, without its id. @throws ParameterError */
export function draftOf(
  way: Way,
  parameters: Parameters,
  { namespace, user, requestId }: { readonly namespace: string; readonly user: string; readonly requestId: string },
): VolumeRecovery {
  const from = { zone: parameters.zone('src-zone'), volumeTypeID: parameters.id('src-volume-type-id') };
  const named = parameters.id(ways[way].parameter);
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'VolumeRecovery',
    metadata: {
      namespace,
      // Two calls for one volume are two orders, so nothing of the call can make the name.
      name: `kvol-${randomBytes(8).toString('hex')}`,
      annotations: { [requestedByAnnotation]: user, [requestIdAnnotation]: requestId },
    },
    spec: {
      source: { ...from, ...(way === 'create' ? { snapshotID: named } : { volumeID: named }) },
      bootable: parameters.bootable(),
      destination: {
        zone: parameters.zone('dst-zone'),
        tenantID: parameters.id('dst-tenant-id'),
        volumeTypeID: parameters.id('dst-volume-type-id'),
      },
    },
  };
}

/** @returns those of one way, the newest first */
export function rowsOf(
  way: Way,
  recoveries: readonly VolumeRecovery[],
  { rowKey, limit }: { readonly rowKey: number; readonly limit: number },
): readonly object[] {
  return recoveries
    .filter((recovery) => wayOf(recovery) === way && (rowKey === 0 || idOf(recovery) === rowKey))
    .filter((recovery) => idOf(recovery) !== undefined)
    .toSorted((a, b) => (idOf(b) ?? 0) - (idOf(a) ?? 0))
    .slice(0, limit)
    .map((recovery) => rowOf(way, recovery));
}

function wayOf({ spec }: VolumeRecovery): Way {
  return spec.source.snapshotID === undefined ? 'recovery' : 'create';
}

const states = { Pending: 'WAIT', Running: 'RUNNING', Succeeded: 'SUCCESS', Failed: 'FAIL' } as const;

/** A recovery in the words of the API. The backup is in the zone where the new volume is, so that is its source. */
function rowOf(way: Way, { metadata, spec, status = {} }: VolumeRecovery): object {
  const { phase = 'Pending', message, conditions } = status;
  const said = message ?? conditions?.find(({ type }) => type === 'Ready')?.message ?? '';
  return {
    create_end: dateOf(status.completionTime),
    create_start: dateOf(status.startTime ?? metadata.creationTimestamp),
    dst_svm_name: status.destinationSVM ?? '',
    dst_zone_id: spec.destination.zone,
    new_volume_id: status.newVolumeID ?? '',
    [ways[way].origin]: spec.source.snapshotID ?? spec.source.volumeID ?? '',
    org_zone_id: spec.source.zone,
    result_msg: phase === 'Succeeded' ? 'OK' : said,
    src_svm_name: status.sourceSVM ?? '',
    src_zone_id: spec.destination.zone,
    status: states[phase],
  };
}

/** In UTC; empty for what has not come. */
function dateOf(time: string | undefined): string {
  return time === undefined ? '' : time.slice(0, 19).replace('T', ' ');
}
