/** Calls to the API server that one pass has under way at once. */
const width = 10;

/**
 * Does it for each, some at a time.
 * @throws the first failure, after those under way have ended; none is begun after it
 */
export async function inChunks<T>(items: readonly T[], each: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += width) {
    const settled = await Promise.allSettled(items.slice(from, from + width).map(each));
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
  }
}
