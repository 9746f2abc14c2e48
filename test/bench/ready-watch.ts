import type { Client } from '../../kube/client.ts';
import { BenchError } from './errors.ts';
import { isReady, widgets } from './widget.ts';

interface Wait {
  readonly missing: Set<string>;
  readonly done: () => void;
}

/**
 * The driver's own view of which widgets are Ready, by a watch of its own: it trusts no word of the managers that it
 * measures.
 */
export class ReadyWatch {
  /** When each widget was first seen Ready, milliseconds of performance.now(). */
  readonly readyAt = new Map<string, number>();
  readonly #stop = new AbortController();
  readonly #failure = Promise.withResolvers<never>();
  readonly #waits = new Set<Wait>();

  /** Watches from now on: what is Ready already is not seen. */
  static async open(client: Client, namespace: string): Promise<ReadyWatch> {
    const { resourceVersion } = await client.list(widgets, { namespace, limit: 1 });
    const watch = new ReadyWatch();
    watch.#run(client, namespace, resourceVersion).catch(watch.#failure.reject);
    return watch;
  }

  private constructor() {
    // Whoever waits hears of it; until somebody does, it is no unhandled rejection.
    this.#failure.promise.catch(() => undefined);
  }

  /**
   * Resolves when every one of the named widgets has been seen Ready.
   * @throws BenchError when `patience` (milliseconds) ends, and what the watch throws.
   */
  async allReady(names: Iterable<string>, patience: number): Promise<void> {
    const missing = new Set([...names].filter((name) => !this.readyAt.has(name)));
    if (missing.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wait = { missing, done: resolve };
    this.#waits.add(wait);
    const tooLate = setTimeout(() => {
      this.#failure.reject(
        new BenchError(
          'MANAGER_FAILED',
          `${missing.size} objects are not Ready after ${patience / 60_000} minutes: look at the manager's log.`,
        ),
      );
    }, patience);
    try {
      await Promise.race([promise, this.#failure.promise]);
    } finally {
      clearTimeout(tooLate);
      this.#waits.delete(wait);
    }
  }

  close(): void {
    this.#stop.abort();
  }

  async #run(client: Client, namespace: string, resourceVersion: string): Promise<void> {
    const { signal } = this.#stop;
    let last = resourceVersion;
    try {
      // The server ends a watch whenever it likes: it does when the definition of the kind has just been accepted.
      while (!signal.aborted) {
        await client.watch(
          widgets,
          { namespace, resourceVersion: last, timeoutSeconds: 3600, signal },
          ({ type, object }) => {
            if (type !== 'BOOKMARK' && type !== 'DELETED' && isReady(object))
              this.#seen(object.metadata.name, performance.now());
            last = object.metadata.resourceVersion ?? last;
          },
        );
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #seen(name: string, now: number): void {
    if (this.readyAt.has(name)) return;
    this.readyAt.set(name, now);
    for (const wait of this.#waits) {
      wait.missing.delete(name);
      if (wait.missing.size === 0) wait.done();
    }
  }
}
