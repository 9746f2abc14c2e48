import {
  historyFinalizer,
  idLabel,
  parentLabel,
  requestedByAnnotation,
  requestIdAnnotation,
} from '../../../crds/labels.ts';
import { apiVersionOf, type KubeObject, type ObjectMeta, type ResourceType } from '../../../kube/objects.ts';
import { childFinalizer, parentOf } from '../parents.ts';

/**
 * Longest part of the parent's name that a child's begins with; the rest of 253 characters is for what makes it unique.
 */
const longestStem = 200;

/**
 * Name of a child: the same for the same parent and part, always, so that none is made twice.
 * @param part what tells it from its siblings
 */
export function nameOfChild({ metadata }: KubeObject, part: string | number): string {
  // A name that was cut may end where no part of an object's name may.
  const stem = metadata.name.slice(0, longestStem).replace(/[.-]+$/, '');
  return `${stem}-${(metadata.uid ?? '').slice(0, 8)}-${part}`;
}

/**
 * The metadata with which a child is created: who made it, on whose request, and held until its parent has recorded its
 * end.
 * @param namespace of the child, where the parent is in none
 */
export function childMetadata(
  parent: KubeObject,
  type: ResourceType,
  {
    name,
    id,
    namespace = parent.metadata.namespace,
  }: { readonly name: string; readonly id?: number; readonly namespace?: string | undefined },
): ObjectMeta {
  const { metadata } = parent;
  const asked = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => key === requestedByAnnotation || key === requestIdAnnotation,
  );
  return {
    ...(namespace === undefined ? {} : { namespace }),
    name,
    labels: { [parentLabel]: metadata.uid ?? '', ...(id === undefined ? {} : { [idLabel]: String(id) }) },
    ...(asked.length === 0 ? {} : { annotations: Object.fromEntries(asked) }),
    // A history that holds the parent wants the children too, and one that is deleted early would pass it by.
    finalizers: [
      childFinalizer,
      ...(metadata.finalizers?.includes(historyFinalizer) === true ? [historyFinalizer] : []),
    ],
    ownerReferences: [
      {
        apiVersion: apiVersionOf(type),
        kind: type.kind,
        name: metadata.name,
        uid: metadata.uid ?? '',
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
}

/** Whether `child` was made by `parent`: by its label and its owner, since either alone may have been copied. */
export function isChildOf(child: KubeObject, parent: KubeObject): boolean {
  return parentOf(child)?.uid === parent.metadata.uid;
}

/** Deleted in such a way (`kubectl delete --cascade=orphan`) that what it made shall stay. */
export function leavesOrphans({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes('orphan') === true;
}
