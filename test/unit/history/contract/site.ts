import type { HistoryKind } from '../../../../history/kind.ts';
import type { HistoryStore } from '../../../../history/store.ts';
import type { Clock } from '../../../../kube/clock.ts';

/**
 * An empty history of its own for a test, which may be opened several times. What is opened is closed, and all is gone,
 * with the test.
 */
export interface StoreSite {
  open(options?: StoreOptions): Promise<HistoryStore>;
}

export interface StoreOptions {
  readonly readOnly?: boolean;
  readonly clock?: Clock;
  readonly kinds?: readonly HistoryKind[];
}
