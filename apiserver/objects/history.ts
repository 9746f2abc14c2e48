import type { HistoryKind } from '../../history/kind.ts';
import type { HistoryReader } from '../../history/store.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { Past } from './options.ts';

/** The objects of a kind that the history knows. */
export function pastOf<T extends KubeObject>(history: HistoryReader, kind: HistoryKind<T>): Past<T> {
  return {
    byId: async (namespace, id) => (await history.byId(kind, namespace, id))?.object,
    byName: async (namespace, name) =>
      (await history.byName(kind, namespace === undefined ? { name } : { namespace, name }))?.object,
  };
}
