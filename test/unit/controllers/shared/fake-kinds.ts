import { parentOf } from '../../../../controllers/shared/parents.ts';
import type { KnownKind } from '../../../../controllers/shared/known-kinds.ts';
import { apiVersionOf, type KubeObject, type ObjectMeta, type ResourceType } from '../../../../kube/objects.ts';
import { Store } from '../../../../kube/store.ts';

/** A made-up kind of which the specs say all that other kinds have to know. */
export interface Fake extends KubeObject {
  readonly spec: {
    readonly ended?: boolean;
    readonly stopped?: boolean;
    /** What it waits for, and since when. */
    readonly wants?: readonly string[];
    readonly since?: string;
    readonly makesNothing?: boolean;
  };
}

export interface FakeKind extends KnownKind<Fake> {
  readonly store: Store<Fake>;
  readonly woken: string[];
}

export const stages: ResourceType<Fake> = {
  group: 'fleetwright.io',
  version: 'v1alpha1',
  plural: 'clusterstages',
  kind: 'ClusterStage',
  namespaced: false,
};
export const jobs: ResourceType<Fake> = {
  group: 'fleetwright.io',
  version: 'v1alpha1',
  plural: 'fakejobs',
  kind: 'FakeJob',
  namespaced: true,
};

export function fakeKind(type: ResourceType<Fake>): FakeKind {
  const store = new Store<Fake>({
    wants: ({ spec }) => spec.wants ?? [],
    parent: (object) => [parentOf(object)?.uid ?? ''],
  });
  const woken: string[] = [];
  return {
    type,
    store,
    woken,
    hasEnded: ({ spec }) => spec.ended === true,
    isOver: ({ spec }) => spec.stopped === true || spec.ended === true,
    waitingFor: (name) => store.byIndex('wants', name),
    waitsSince: ({ spec }) => spec.since ?? '',
    letsIn: ({ spec }) => spec.makesNothing !== true,
    madeBy: (uid) => store.byIndex('parent', uid),
    wake: (key) => void woken.push(key),
  };
}

/** An object made by another one, of whatever kind. */
export function madeBy(type: ResourceType, { metadata }: KubeObject): Partial<ObjectMeta> {
  return {
    labels: { 'fleetwright.io/parent': metadata.uid ?? '' },
    ownerReferences: [
      {
        apiVersion: apiVersionOf(type),
        kind: type.kind,
        name: metadata.name,
        uid: metadata.uid ?? '',
        controller: true,
      },
    ],
  };
}

export function fake(name: string, uid: string, spec: Fake['spec'] = {}, metadata: Partial<ObjectMeta> = {}): Fake {
  return { metadata: { name, uid, ...metadata }, spec };
}
