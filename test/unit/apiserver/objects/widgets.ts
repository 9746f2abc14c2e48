import type { ObjectsOptions, Past } from '../../../../apiserver/objects/options.ts';
import { cacheOptions } from '../../../../apiserver/objects/cache.ts';
import { idOf } from '../../../../crds/labels.ts';
import type { KubeObject, ResourceType } from '../../../../kube/objects.ts';
import { Store } from '../../../../kube/store.ts';
import { denying } from '../facade.ts';
import { asClient, MemoryClient } from '../memory-client.ts';

/** Some kind: what is shown with it holds for every kind. */
export interface Widget extends KubeObject {
  readonly spec: { readonly size?: number; readonly bulk?: string };
}

/** Where a kind lives; `namespace` of what is in none is undefined. */
export const scopes = [
  { scope: 'a namespace', namespace: 'default' },
  { scope: 'the whole cluster', namespace: undefined },
] as const;

export type Namespace = (typeof scopes)[number]['namespace'];

export function widget(
  namespace: Namespace,
  name: string,
  { id, creationTimestamp }: { readonly id?: string; readonly creationTimestamp?: string } = {},
): Widget {
  const labels: Readonly<Record<string, string>> = id === undefined ? {} : { 'fleetwright.io/id': id };
  return {
    metadata: {
      name,
      labels,
      ...(namespace === undefined ? {} : { namespace }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: {},
  };
}

/** A history that knows these. */
export function pastWith(...widgets: readonly Widget[]): Past<Widget> {
  const there = (namespace: string | undefined): readonly Widget[] =>
    widgets.filter(({ metadata }) => metadata.namespace === namespace);
  return {
    byId: async (namespace, id) => there(namespace).find((one) => idOf(one) === id),
    byName: async (namespace, name) => there(namespace).find(({ metadata }) => metadata.name === name),
  };
}

export interface Setup {
  readonly client: MemoryClient<Widget>;
  readonly options: ObjectsOptions<Widget>;
}

/** Widgets in memory, of which the cache shows these. */
export function setup(
  namespace: Namespace,
  cached: readonly Widget[] = [],
  more: Partial<ObjectsOptions<Widget>> = {},
): Setup {
  const client = new MemoryClient<Widget>();
  const cache = new Store(cacheOptions<Widget>().indexers);
  for (const one of cached) cache.set(one);
  const type: ResourceType<Widget> = {
    group: 'test.example.com',
    version: 'v1',
    plural: 'widgets',
    kind: 'Widget',
    namespaced: namespace !== undefined,
  };
  return { client, options: { type, clientOf: () => asClient(client), authorizer: denying(), cache, ...more } };
}
