/**
 * Resolves with the promise's value, or with undefined once the signal aborts or `milliseconds` have passed, whichever
 * is first.
 */
export async function within<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  milliseconds?: number,
): Promise<T | undefined> {
  const early = Promise.withResolvers<undefined>();
  const stop = (): void => early.resolve(undefined);
  const timer = milliseconds === undefined ? undefined : setTimeout(stop, milliseconds);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted === true) stop();
  try {
    return await Promise.race([promise, early.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
