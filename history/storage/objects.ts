import { idLabel, parentLabel } from '../../crds/labels.ts';
import { operationsAnnotation } from '../../crds/operations.ts';
import { apiVersionOf, type KubeObject, type ObjectMeta } from '../../kube/objects.ts';
import type { HistoryKind } from '../kind.ts';
import { fromSeconds } from '../times.ts';
import { pack, unpack } from './packing.ts';

/** What is packed of an object: all but what has columns of its own. */
interface Packed {
  readonly metadata: Omit<ObjectMeta, 'name' | 'namespace' | 'uid' | 'creationTimestamp'>;
  readonly [field: string]: unknown;
}

/** The columns with which a packed object becomes whole again. */
export interface Columns {
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly created: number;
  readonly object: Uint8Array;
}

/** Annotations of others may hold anything, kubectl's even a copy of the whole object. */
const ours = 'fleetwright.io/';

/** The object as it is kept as long as details are. */
export function packObject<T extends KubeObject>(kind: HistoryKind<T>, object: T): Uint8Array {
  const { metadata, ...rest } = withoutType(kind.slim(object));
  const { labels, annotations, generation, deletionTimestamp, ownerReferences } = metadata;
  const known = Object.entries(annotations ?? {}).filter(
    // Operations are rows of their own.
    ([name]) => name.startsWith(ours) && name !== operationsAnnotation,
  );
  return packed({
    metadata: {
      ...(labels === undefined ? {} : { labels }),
      ...(known.length === 0 ? {} : { annotations: Object.fromEntries(known) }),
      ...(generation === undefined ? {} : { generation }),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
    },
    ...rest,
  });
}

/** What stays known of an object for ever. */
export function packPruned<T extends KubeObject>(kind: HistoryKind<T>, object: T): Uint8Array {
  const { metadata, ...rest } = withoutType(kind.shrink(object));
  const labels = Object.fromEntries(
    Object.entries(metadata.labels ?? {}).filter(([name]) => name === idLabel || name === parentLabel),
  );
  return packed({ metadata: { labels }, ...rest });
}

/** The object as it was packed, without the lists that are rows. */
export function unpackObject<T extends KubeObject>(
  { type }: HistoryKind<T>,
  { namespace, name, uid, created, object }: Columns,
): T {
  const { metadata, ...rest } = unpack(object) as Packed;
  const scope = namespace === '' ? {} : { namespace };
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: { ...scope, name, uid, creationTimestamp: fromSeconds(created), ...metadata },
    ...rest,
  } as unknown as T;
}

function withoutType(object: KubeObject): Omit<KubeObject, 'apiVersion' | 'kind'> {
  const { apiVersion: _, kind: __, ...rest } = object;
  return rest;
}

function packed(object: Packed): Uint8Array {
  return pack(object);
}
