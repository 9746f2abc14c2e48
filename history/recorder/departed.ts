import type { KubeObject } from '../../kube/objects.ts';

/** Objects that are gone, as they were seen last, until their end is recorded. Of one name there may be several. */
export class Departed<T extends KubeObject> {
  readonly #objects = new Map<string, readonly T[]>();

  add(key: string, object: T): void {
    this.#objects.set(key, [...this.of(key), object]);
  }

  of(key: string): readonly T[] {
    return this.#objects.get(key) ?? [];
  }

  done(key: string, object: T): void {
    const left = this.of(key).filter((other) => other !== object);
    if (left.length === 0) this.#objects.delete(key);
    else this.#objects.set(key, left);
  }
}
