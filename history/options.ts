import type { Clock } from '../kube/clock.ts';
import type { HistoryKind } from './kind.ts';

/** How a history is opened, wherever it is kept. */
export interface HistoryOptions {
  /**
   * This process only reads; what writes throws HistoryError. What is not there yet is made all the same, where that
   * is allowed.
   */
  readonly readOnly?: boolean;
  readonly clock?: Clock;
  /** What is recorded. */
  readonly kinds?: readonly HistoryKind[];
}
