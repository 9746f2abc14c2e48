import type { DeleteOptions, ListOptions } from '../../../kube/client.ts';
import type { Clock } from '../../../kube/clock.ts';
import { rfc3339 } from '../../../kube/conditions.ts';
import { apiErrorFrom } from '../../../kube/errors.ts';
import { joinKey, type KubeObject, type ObjectKey, type ObjectMeta, type ResourceType } from '../../../kube/objects.ts';
import type { WatchEvent } from '../../../kube/watch.ts';
import { applied, isSame } from './mergepatch.ts';

/** One change, as all watches of its kind are told of it. */
export interface LoggedEvent {
  readonly plural: string;
  readonly version: number;
  readonly event: WatchEvent<KubeObject>;
}

interface Parts extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

/**
 * The API server as far as controllers see it: versions, generations, UIDs, finalizers, preconditions, and the status
 * subresource behave as the real one's. Validation and admission do not exist here. Objects are copied on the way in
 * and frozen on the way out.
 */
export class ModelApi {
  readonly log: LoggedEvent[] = [];
  readonly #clock: Clock;
  readonly #objects = new Map<string, Parts>();
  readonly #listeners: ((logged: LoggedEvent) => void)[] = [];
  readonly #subresources = new Map<string, (object: KubeObject) => void>();
  #version = 0;
  #uids = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get version(): number {
    return this.#version;
  }

  /** Told of every change at the moment it is made, before any watch. */
  onChange(listener: (logged: LoggedEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** What it means that a subresource of an object of that name is created. It may throw, and stores nothing. */
  onSubresource(type: ResourceType, handler: (object: KubeObject) => void): void {
    this.#subresources.set(`${type.plural}/${type.subresource}`, handler);
  }

  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): T {
    const found = this.#objects.get(place(type, key));
    if (found === undefined) throw refusal(404, 'NotFound', type, key);
    return found as KubeObject as T;
  }

  find<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
    return this.#objects.get(place(type, key)) as T | undefined;
  }

  /** @param options labelSelector: one `name`, `name=value` or `name in (value,value)` */
  list<T extends KubeObject>(
    type: ResourceType<T>,
    { namespace, labelSelector }: Pick<ListOptions, 'namespace' | 'labelSelector'> = {},
  ): readonly T[] {
    const all = [...this.#objects].filter(
      ([where, { metadata }]) =>
        where.startsWith(`${type.plural}:`) &&
        (namespace === undefined || metadata.namespace === namespace) &&
        selects(labelSelector, metadata),
    );
    return all.map(([, object]) => object as KubeObject as T);
  }

  create<T extends KubeObject>(type: ResourceType<T>, object: T): T {
    if (type.subresource !== undefined) {
      this.#subresources.get(`${type.plural}/${type.subresource}`)?.(object);
      return object;
    }
    if (this.#objects.has(place(type, object.metadata))) throw refusal(409, 'AlreadyExists', type, object.metadata);
    this.#uids += 1;
    const metadata = {
      ...object.metadata,
      uid: `uid-${String(this.#uids).padStart(4, '0')}`,
      generation: 1,
      creationTimestamp: rfc3339(this.#clock.now()),
    };
    return this.#store(type, 'ADDED', { ...object, metadata }) as KubeObject as T;
  }

  /** A patch of the main resource leaves the status alone; a patch of the status changes nothing else. */
  mergePatch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    patch: Partial<Parts>,
    subresource?: string,
  ): T {
    const before: Parts = this.get(type, key);
    demand(type, before.metadata, { ...patch.metadata });
    const { uid: _uid, resourceVersion: _version, ...metadata }: Partial<ObjectMeta> = patch.metadata ?? {};
    const { status, ...main } = patch;
    const after =
      subresource === 'status'
        ? { ...before, status: applied(before.status ?? {}, status ?? {}) }
        : (applied(before, { ...main, metadata }) as Parts);
    return this.#update(type, before, after) as KubeObject as T;
  }

  /** Everything but the status, and only of the very version that is named, when one is. */
  replace<T extends KubeObject>(type: ResourceType<T>, object: T): T {
    const before: Parts = this.get(type, object.metadata);
    demand(type, before.metadata, object.metadata);
    const { uid, generation, creationTimestamp, deletionTimestamp } = before.metadata;
    const kept = Object.entries({ uid, generation, creationTimestamp, deletionTimestamp }).filter(
      ([, value]) => value !== undefined,
    );
    const after: Parts = { ...object, metadata: { ...object.metadata, ...Object.fromEntries(kept) } };
    return this.#update(
      type,
      before,
      before.status === undefined ? after : { ...after, status: before.status },
    ) as KubeObject as T;
  }

  delete(type: ResourceType, key: ObjectKey, preconditions: DeleteOptions = {}): void {
    const before = this.get(type, key);
    demand(type, before.metadata, preconditions);
    const { deletionTimestamp, finalizers = [], generation = 0 } = before.metadata;
    if (finalizers.length === 0) this.#store(type, 'DELETED', before);
    else if (deletionTimestamp === undefined) {
      this.#store(type, 'MODIFIED', {
        ...before,
        metadata: { ...before.metadata, deletionTimestamp: rfc3339(this.#clock.now()), generation: generation + 1 },
      });
    }
  }

  #update(type: ResourceType, before: Parts, after: Parts): Parts {
    const { resourceVersion: _, ...metadata } = after.metadata;
    const { resourceVersion: __, ...metadataBefore } = before.metadata;
    if (isSame({ ...before, metadata: metadataBefore }, { ...after, metadata })) return before;
    const { generation = 0 } = before.metadata;
    const next = isSame(before.spec, after.spec)
      ? after
      : { ...after, metadata: { ...after.metadata, generation: generation + 1 } };
    const gone = next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
    return this.#store(type, gone ? 'DELETED' : 'MODIFIED', next);
  }

  #store(type: ResourceType, kind: 'ADDED' | 'MODIFIED' | 'DELETED', object: Parts): Parts {
    this.#version += 1;
    const stored = frozen(
      structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } }),
    );
    if (kind === 'DELETED') this.#objects.delete(place(type, stored.metadata));
    else this.#objects.set(place(type, stored.metadata), stored);
    const logged = { plural: type.plural, version: this.#version, event: { type: kind, object: stored } };
    this.log.push(logged);
    for (const listener of this.#listeners) listener(logged);
    return stored;
  }
}

function selects(labelSelector: string | undefined, { labels }: ObjectMeta): boolean {
  if (labelSelector === undefined) return true;
  const [, listed = '', values = ''] = /^(.+) in \((.*)\)$/.exec(labelSelector) ?? [];
  if (listed !== '') return values.split(',').includes(labels?.[listed] ?? '');
  const [name = '', value] = labelSelector.split('=');
  return labels?.[name] !== undefined && (value === undefined || labels[name] === value);
}

function place({ plural }: ResourceType, key: ObjectKey): string {
  return `${plural}:${joinKey(key)}`;
}

function demand(
  type: ResourceType,
  actual: ObjectMeta,
  { uid, resourceVersion }: Pick<DeleteOptions, 'uid' | 'resourceVersion'>,
): void {
  const met =
    (uid === undefined || uid === actual.uid) &&
    (resourceVersion === undefined || resourceVersion === actual.resourceVersion);
  if (!met) throw refusal(409, 'Conflict', type, actual);
}

function refusal(code: number, reason: string, { plural }: ResourceType, key: ObjectKey): Error {
  return apiErrorFrom(
    code,
    JSON.stringify({ kind: 'Status', code, reason, message: `${plural} ${joinKey(key)}: ${reason}` }),
    'the model',
  );
}

/** A reader that changes what it shares with others must be found out. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}
