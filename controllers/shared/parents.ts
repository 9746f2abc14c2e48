import { parentLabel } from '../../crds/labels.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/objects.ts';

/**
 * On an object that another one made, from its creation until that one has recorded how it ended: as long as it is
 * there, the maker can tell a child that was deleted from one that was never made, and makes none twice. The same
 * whatever kind the maker is of.
 */
export const childFinalizer = 'fleetwright.io/composite';

/** Who made an object, as the object says. */
export interface Parent {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * The object that made this one: by its label and its owner, since either alone may have been copied. The label finds
 * the children of one parent, the owner reference tells the parent's kind and name.
 * @returns undefined when nobody made it, or when it was set free by an orphaning deletion
 */
export function parentOf({ metadata }: KubeObject): Parent | undefined {
  const uid = metadata.labels?.[parentLabel];
  const owner = metadata.ownerReferences?.find((reference) => reference.controller === true && reference.uid === uid);
  return owner === undefined
    ? undefined
    : { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.name, uid: owner.uid };
}

/** Whether the parent is of this kind, in whatever version of its API. */
export function isOfKind({ apiVersion, kind }: Pick<Parent, 'apiVersion' | 'kind'>, type: ResourceType): boolean {
  return kind === type.kind && groupOf(apiVersion) === groupOf(apiVersionOf(type));
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** For a cache of objects that others make: `maker`, by the UID of whoever made one. All who ask share one index. */
export const makerIndexer = {
  maker: ({ metadata }: KubeObject): readonly string[] => {
    const uid = metadata.labels?.[parentLabel];
    return uid === undefined ? [] : [uid];
  },
};
