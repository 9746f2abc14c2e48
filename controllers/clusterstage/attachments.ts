import { joinKey } from '../../kube/objects.ts';
import type { PersistentVolume, VolumeAttachment } from '../../kube/storage.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Pod } from '../../kube/workloads.ts';

/** Where volumes are looked for. Attachments are indexed by `node`. */
export interface AttachmentsWorld {
  readonly attachments: ReadStore<VolumeAttachment>;
  readonly volumes: ReadStore<PersistentVolume>;
}

/**
 * Volumes that are attached to a node for pods that have left it: another node cannot have them yet, and what was
 * written last may not be on them.
 * @param staying pods that stay on the node, and may keep theirs
 * @returns the names of their attachments, in order
 */
export function attachedFor(
  node: string,
  staying: readonly Pod[],
  { attachments, volumes }: AttachmentsWorld,
): readonly string[] {
  const kept = new Set(staying.flatMap(claimsOf));
  return attachments
    .byIndex('node', node)
    .filter(({ spec }) => {
      const claim = volumes.get(spec?.source?.persistentVolumeName ?? '')?.spec?.claimRef;
      return claim === undefined || !kept.has(joinKey({ namespace: claim.namespace ?? '', name: claim.name ?? '' }));
    })
    .map(({ metadata }) => metadata.name)
    .toSorted();
}

/** A volume that is made for one pod alone (ephemeral) has a claim of its own. */
function claimsOf({ metadata, spec }: Pod): readonly string[] {
  const { namespace = '' } = metadata;
  return (spec?.volumes ?? []).flatMap((volume) => {
    if ('ephemeral' in volume) return [joinKey({ namespace, name: `${metadata.name}-${volume.name}` })];
    const claim = volume['persistentVolumeClaim'] as { readonly claimName?: string } | undefined;
    return claim?.claimName === undefined ? [] : [joinKey({ namespace, name: claim.claimName })];
  });
}
