import type { AgentTask } from '../../crds/types/agenttask.ts';
import { keyOf } from '../../kube/objects.ts';
import { isOlder } from '../../kube/versions.ts';

/** A cache that lags by as many writes has other troubles. */
const capacity = 1000;

/** What this process wrote last, so that a caller sees what he has just done, also while the cache does not show it yet. */
export class RecentWrites {
  readonly #written = new Map<string, AgentTask>();

  /** @param task as the API server answered the write */
  record(task: AgentTask): void {
    const key = keyOf(task);
    // A key that is set again keeps its place in the order of a Map.
    this.#written.delete(key);
    this.#written.set(key, task);
    const [eldest] = this.#written.keys();
    if (this.#written.size > capacity && eldest !== undefined) this.#written.delete(eldest);
  }

  /** @returns the task of the cache, or what was written later. */
  latest(cached: AgentTask): AgentTask {
    const key = keyOf(cached);
    const written = this.#written.get(key);
    if (written === undefined) return cached;
    if (
      written.metadata.uid === cached.metadata.uid &&
      isOlder(cached.metadata.resourceVersion ?? '', written.metadata.resourceVersion ?? '')
    )
      return written;
    this.#written.delete(key);
    return cached;
  }
}
