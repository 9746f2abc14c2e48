import type { HistoryKind } from '../kind.ts';

/**
 * Of these kinds those that a recorder cares for: one that is limited to a namespace has nothing to do with
 * cluster-scoped ones.
 */
export function watchedKinds(kinds: readonly HistoryKind[], namespace: string | undefined): readonly HistoryKind[] {
  return namespace === undefined ? kinds : kinds.filter(({ type }) => type.namespaced);
}
