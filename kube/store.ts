import { keyOf, type KubeObject } from './objects.ts';

/** Says under which values an object is found in one index. */
export interface Indexer<T> {
  (object: T): readonly string[];
}

/** Indexes by their names. */
export type Indexers<T> = Readonly<Record<string, Indexer<T>>>;

/** What readers of a cache may do. Objects are shared: never change one. */
export interface ReadStore<T extends KubeObject> {
  readonly size: number;
  get(key: string): T | undefined;
  list(): IterableIterator<T>;
  /** @throws Error for an index that the store was not made with. */
  byIndex(index: string, value: string): readonly T[];
}

/** Objects by key, with indexes kept in step. */
export class Store<T extends KubeObject> implements ReadStore<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes: Index<T>[] = [];

  constructor(indexers: Indexers<T> = {}) {
    this.index(indexers);
  }

  /**
   * Adds indexes over what is there and what comes.
   * @throws Error for a name under which another function indexes already
   */
  index(indexers: Indexers<T>): void {
    for (const [name, indexer] of Object.entries(indexers)) {
      const known = this.#indexes.find((candidate) => candidate.name === name);
      if (known?.indexer === indexer) continue;
      if (known !== undefined) throw new Error(`two indexes are named ${name}: give one of them another name`);
      const index: Index<T> = { name, indexer, keys: new Map() };
      for (const [key, object] of this.#objects) reindex(index, key, undefined, object);
      this.#indexes.push(index);
    }
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): IterableIterator<T> {
    return this.#objects.values();
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.find((candidate) => candidate.name === name);
    if (index === undefined) throw new Error(`no index named ${name}: name it when the cache is made`);
    const found: T[] = [];
    for (const key of index.keys.get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  /** @returns what was there before. */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const index of this.#indexes) reindex(index, key, previous, object);
    return previous;
  }

  delete(key: string): T | undefined {
    const previous = this.#objects.get(key);
    if (previous === undefined) return undefined;
    this.#objects.delete(key);
    for (const index of this.#indexes) reindex(index, key, previous, undefined);
    return previous;
  }
}

interface Index<T> {
  readonly name: string;
  readonly indexer: Indexer<T>;
  readonly keys: Map<string, Set<string>>;
}

function reindex<T>({ indexer, keys }: Index<T>, key: string, previous: T | undefined, next: T | undefined): void {
  const before = previous === undefined ? [] : indexer(previous);
  const after = next === undefined ? [] : indexer(next);
  for (const value of before) {
    const set = keys.get(value);
    set?.delete(key);
    if (set?.size === 0) keys.delete(value);
  }
  for (const value of after) {
    const set = keys.get(value);
    if (set === undefined) keys.set(value, new Set([key]));
    else set.add(key);
  }
}
