import type { Client } from '../../kube/client.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import { joinKey, keyOf, type KubeObject, type ObjectKey, type ResourceType } from '../../kube/objects.ts';
import type { Change } from '../../kube/reflector.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Holder } from './hostclaims.ts';
import { isOfKind, parentOf, type Parent } from './parents.ts';
import type { Waiter } from './turns.ts';

/**
 * What the kinds of one process have to know of each other: whether an object works, waits for a machine, or made
 * others.
 */
export interface KnownKind<T extends KubeObject = KubeObject> {
  readonly type: ResourceType<T>;
  /** The cache of this process. It may lag, and hold one namespace only. */
  readonly store: ReadStore<T>;
  /** It works on no machine and never will again: a machine that it still claims is free. */
  hasEnded(object: T): boolean;
  /** Nothing that it made may begin any more: it was stopped, has ended or is deleted. */
  isOver(object: T): boolean;
  /** Those of the cache that want this machine and only wait for their turn. @param name as canonicalHost spells it */
  waitingFor(name: string): readonly T[];
  /** RFC 3339. */
  waitsSince(object: T): string;
  /** It makes objects, which may work under its claims. That an object says it was made by this one is not enough. */
  letsIn(object: T): boolean;
  /** Those of the cache that were made by the object with this UID. */
  madeBy(uid: string): readonly T[];
  /** Has its controller look at an object. */
  wake(key: string): void;
}

/** Who made the makers of an object: longer chains than this are a mistake, or a circle. */
const longestAncestry = 8;

/** The kinds whose objects work on machines, as far as this version has them. */
export class KnownKinds {
  readonly #kinds: KnownKind[] = [];

  add<T extends KubeObject>(kind: KnownKind<T>): void {
    this.#kinds.push(kind);
  }

  /** @returns undefined for a kind that this version does not know */
  find(kind: string): KnownKind | undefined {
    return this.#kinds.find(({ type }) => type.kind === kind);
  }

  /**
   * Whether a holder has ended, as far as our caches tell. Of a kind that this version does not know nobody can tell.
   */
  seemsEnded({ kind: name, uid, ...key }: Holder): boolean {
    const kind = this.find(name);
    return kind !== undefined && isEnded(kind, kind.store.get(joinKey(key)), uid);
  }

  /**
   * Whether it has, as the API server says: our caches may not know a holder yet that began a moment ago, or may never
   * see its namespace.
   */
  async hasEnded(client: Client, { kind: name, uid, ...key }: Holder): Promise<boolean> {
    const kind = this.find(name);
    return kind !== undefined && isEnded(kind, await getIfThere(client, kind.type, key), uid);
  }

  /**
   * @param within only those who were made by the object with this UID, or by one that it made
   * @returns everybody, of whatever kind, who waits for a machine by one of these names
   */
  waitingFor(names: readonly string[], within?: string): readonly Waiter[] {
    const waiters = new Map<string, Waiter>();
    for (const kind of this.#kinds) {
      for (const object of names.flatMap((name) => kind.waitingFor(name))) {
        const { uid = '' } = object.metadata;
        if (within !== undefined && !this.ancestorsOf(object).includes(within)) continue;
        waiters.set(uid, { kind: kind.type.kind, key: keyOf(object), uid, since: kind.waitsSince(object) });
      }
    }
    return [...waiters.values()];
  }

  wake({ kind, key }: Pick<Waiter, 'kind' | 'key'>): void {
    this.find(kind)?.wake(key);
  }

  /**
   * Call for every change: a parent keeps the books on its children; those of one that is gone have to go by
   * themselves.
   */
  wakeRelatives<T extends KubeObject>({ type, object }: Change<T>): void {
    const parent = parentOf(object);
    const kind = parent === undefined ? undefined : this.#ofParent(parent);
    if (parent !== undefined && kind !== undefined) kind.wake(parentKey(object, parent, kind));
    if (type !== 'deleted') return;
    for (const each of this.#kinds) for (const child of each.madeBy(object.metadata.uid ?? '')) each.wake(keyOf(child));
  }

  /**
   * UIDs of those who made the object and who made them, as far as our caches know them for somebody who makes objects:
   * what an object says of its parent, anybody may have written who may make such objects.
   */
  ancestorsOf(object: KubeObject): readonly string[] {
    const uids: string[] = [];
    let child = object;
    while (uids.length < longestAncestry) {
      const parent = parentOf(child);
      const kind = parent === undefined ? undefined : this.#ofParent(parent);
      if (parent === undefined || kind === undefined) return uids;
      const found = kind.store.get(parentKey(child, parent, kind));
      if (found === undefined || found.metadata.uid !== parent.uid || !kind.letsIn(found)) return uids;
      uids.push(parent.uid);
      child = found;
    }
    return uids;
  }

  /**
   * How the parent of an object stands. Its cache is another one than the object's and may lag: that it is not there is
   * believed of the API server alone.
   * @returns `over`: nothing of its children may begin any more. `gone`: there is none any more. A parent whose kind
   * this version does not know is taken to
   *   be there: its own controllers see to its children
   */
  async standingOfParent(client: Client, object: KubeObject, parent: Parent): Promise<'there' | 'over' | 'gone'> {
    const kind = this.#ofParent(parent);
    if (kind === undefined) return 'there';
    const cached = kind.store.get(parentKey(object, parent, kind));
    const found =
      cached?.metadata.uid === parent.uid ? cached : await getIfThere(client, kind.type, keyFor(object, parent, kind));
    if (found?.metadata.uid !== parent.uid) return 'gone';
    return kind.isOver(found) ? 'over' : 'there';
  }

  #ofParent(parent: Parent): KnownKind | undefined {
    return this.#kinds.find(({ type }) => isOfKind(parent, type));
  }
}

function isEnded(kind: KnownKind, found: KubeObject | undefined, uid: string): boolean {
  return found === undefined || found.metadata.uid !== uid || kind.hasEnded(found);
}

/** An owner is in the namespace of what it owns, or in none. */
function keyFor({ metadata }: KubeObject, { name }: Parent, { type }: KnownKind): ObjectKey {
  return type.namespaced && metadata.namespace !== undefined ? { namespace: metadata.namespace, name } : { name };
}

function parentKey(object: KubeObject, parent: Parent, kind: KnownKind): string {
  return joinKey(keyFor(object, parent, kind));
}
