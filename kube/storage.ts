import type { KubeObject, LabelSelector, ResourceType } from './objects.ts';

/** storage.k8s.io/v1: what a driver can still give of a class, to nodes of a topology. */
export interface CSIStorageCapacity extends KubeObject {
  readonly storageClassName: string;
  /** Absent: no node. */
  readonly nodeTopology?: LabelSelector;
  /** A quantity; absent: the driver could not tell. */
  readonly capacity?: string;
}

export const csiStorageCapacities: ResourceType<CSIStorageCapacity> = {
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'csistoragecapacities',
  kind: 'CSIStorageCapacity',
  namespaced: true,
};

/** As far as it is used here. */
export interface PersistentVolume extends KubeObject {
  readonly spec?: {
    readonly storageClassName?: string;
    readonly capacity?: Readonly<Record<string, string>>;
    /** The claim that has it. */
    readonly claimRef?: { readonly namespace?: string; readonly name?: string };
  };
  readonly status?: { readonly phase?: string };
}

export const persistentVolumes: ResourceType<PersistentVolume> = {
  group: '',
  version: 'v1',
  plural: 'persistentvolumes',
  kind: 'PersistentVolume',
  namespaced: false,
};

/** storage.k8s.io/v1: that a volume is, or is to be, attached to a node. It goes when the volume is detached. */
export interface VolumeAttachment extends KubeObject {
  readonly spec?: {
    /** The driver. */
    readonly attacher?: string;
    readonly nodeName?: string;
    readonly source?: { readonly persistentVolumeName?: string };
  };
}

export const volumeAttachments: ResourceType<VolumeAttachment> = {
  group: 'storage.k8s.io',
  version: 'v1',
  plural: 'volumeattachments',
  kind: 'VolumeAttachment',
  namespaced: false,
};
