/** Somebody who wants a machine for himself and only waits for his turn. */
export interface Waiter {
  readonly kind: string;
  /** `namespace/name`, or `name` for a cluster-scoped object. */
  readonly key: string;
  readonly uid: string;
  /** RFC 3339: he goes before all who wait since later. */
  readonly since: string;
}

/**
 * Whose turn it is: the eldest of those who wait goes first, or one who wants many machines would never get them all.
 */
export function eldestOf<W extends Pick<Waiter, 'uid' | 'since'>>(waiters: Iterable<W>): W | undefined {
  let eldest: W | undefined;
  for (const waiter of waiters) if (eldest === undefined || isElder(waiter, eldest)) eldest = waiter;
  return eldest;
}

/** Of two who wait since the same second it is always the same one. */
export function isElder(a: Pick<Waiter, 'uid' | 'since'>, b: Pick<Waiter, 'uid' | 'since'>): boolean {
  return a.since === b.since ? a.uid < b.uid : a.since < b.since;
}

/** @returns the first host that goes to somebody else first, and to whom; undefined when it is our turn on all */
export function firstToElder(
  waiting: ReadonlyMap<string, readonly Waiter[]>,
  self: Pick<Waiter, 'uid' | 'since'>,
): { readonly host: string; readonly elder: Waiter } | undefined {
  for (const [host, waiters] of waiting) {
    const elder = eldestOf(waiters);
    if (elder !== undefined && isElder(elder, self)) return { host, elder };
  }
  return undefined;
}
