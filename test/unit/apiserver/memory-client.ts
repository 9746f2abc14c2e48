import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { configMaps, type ConfigMap } from '../../../kube/builtin.ts';
import type { Client, DeleteOptions, ListPage, ListOptions } from '../../../kube/client.ts';
import { AlreadyExistsError, ConflictError, NotFoundError } from '../../../kube/errors.ts';
import { joinKey, type KubeObject, type ObjectKey, type ObjectMeta, type ResourceType } from '../../../kube/objects.ts';
import { Store, type ReadStore } from '../../../kube/store.ts';
import { taskCacheOptions } from '../../../apiserver/dispatch/cache.ts';

/** When a create fails, whether the object was made all the same: an answer can be lost on its way back. */
export interface Fault {
  readonly error: Error;
  readonly done: boolean;
}

/** A patch of an object, as this service sends them. */
interface Patch {
  readonly metadata: Pick<ObjectMeta, 'uid' | 'resourceVersion' | 'annotations'>;
  readonly spec: object;
}

/** What every kind has that this service works on. */
interface Specified extends KubeObject {
  readonly spec: object;
}

/**
 * Just enough of an API server, with the objects of one kind, to make it fail at will; what a real one does is tested
 * against a real one.
 */
export class MemoryClient<O extends Specified = AgentTask> implements Pick<
  Client,
  'get' | 'list' | 'create' | 'mergePatch' | 'delete'
> {
  readonly objects = new Map<string, O>();
  readonly configMaps: ConfigMap[] = [];
  readonly calls: string[] = [];
  /** Fails the next writes, one after the other. */
  readonly faults: Fault[] = [];
  /** Fails every read while set. */
  readFault: Error | undefined;
  /** Told of each object as it is stored, as a watch is. */
  onWrite: (object: O) => void = () => undefined;
  #version = 1;

  async get<T extends KubeObject>(_type: ResourceType<T>, key: ObjectKey): Promise<T> {
    this.calls.push('get');
    if (this.readFault !== undefined) throw this.readFault;
    return this.#there(key) as KubeObject as T;
  }

  async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<ListPage<T>> {
    this.calls.push(`list ${type.plural}`);
    if (this.readFault !== undefined) throw this.readFault;
    const objects: readonly KubeObject[] =
      type.plural === configMaps.plural ? this.configMaps : [...this.objects.values()];
    const items = objects.filter(
      (object) => hasLabel(object, options.labelSelector) && hasFields(object, options.fieldSelector),
    );
    return { items: items as readonly KubeObject[] as readonly T[], resourceVersion: '1' };
  }

  async create<T extends KubeObject>(_type: ResourceType<T>, object: T): Promise<T> {
    return this.#write('create', () => {
      const key = joinKey(object.metadata);
      if (this.objects.has(key)) throw new AlreadyExistsError(409, { reason: 'AlreadyExists' }, 'POST');
      const uid = `uid-${this.objects.size + 1}`;
      return this.put({
        ...(object as KubeObject as O),
        metadata: { ...object.metadata, uid, creationTimestamp: '2026-01-02T03:04:05Z' },
      }) as KubeObject as T;
    });
  }

  async mergePatch<T extends KubeObject>(_type: ResourceType<T>, key: ObjectKey, patch: object): Promise<T> {
    return this.#write('patch', () => {
      const { metadata, spec } = patch as Patch;
      const found = this.#there(key);
      if (metadata.uid !== undefined && metadata.uid !== found.metadata.uid)
        throw new ConflictError(409, { message: 'Precondition failed: UID in precondition' }, 'PATCH');
      if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== found.metadata.resourceVersion)
        throw new ConflictError(409, { message: 'the object has been modified' }, 'PATCH');
      const annotations = { ...found.metadata.annotations, ...metadata.annotations };
      return this.put({
        ...found,
        metadata: { ...found.metadata, annotations },
        spec: { ...found.spec, ...spec },
      }) as KubeObject as T;
    });
  }

  async delete(_type: ResourceType, key: ObjectKey, { uid }: DeleteOptions = {}): Promise<void> {
    await this.#write('delete', () => {
      if (uid !== undefined && uid !== this.#there(key).metadata.uid)
        throw new ConflictError(409, { message: 'Precondition failed: UID in precondition' }, 'DELETE');
      this.objects.delete(joinKey(key));
    });
  }

  /** Stores an object as somebody else would, at a new resourceVersion. */
  put(object: O): O {
    this.#version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
    this.objects.set(joinKey(object.metadata), stored);
    this.onWrite(stored);
    return stored;
  }

  #there(key: ObjectKey): O {
    const object = this.objects.get(joinKey(key));
    if (object === undefined) throw new NotFoundError(404, { message: 'not found' }, 'GET');
    return object;
  }

  async #write<T>(call: string, write: () => T): Promise<T> {
    this.calls.push(call);
    const fault = this.faults.shift();
    if (fault === undefined) return write();
    if (fault.done) write();
    throw fault.error;
  }
}

/** `label=value`, or `label in (a,b)`. */
function hasLabel({ metadata }: KubeObject, selector: string | undefined): boolean {
  if (selector === undefined) return true;
  const [, label = '', one, many] = /^([^ =]+)(?:=(.*)| in \((.*)\))$/.exec(selector) ?? [];
  const value = metadata.labels?.[label];
  return value !== undefined && (one === undefined ? (many ?? '').split(',').includes(value) : value === one);
}

/** `spec.a=b,spec.c=d`, with `\` before what is no delimiter. */
function hasFields(object: KubeObject, selector: string | undefined): boolean {
  return (selector?.split(/(?<!\\),/) ?? []).every((term) => {
    const [field = '', value = ''] = term.split(/(?<!\\)=/);
    const spec: Readonly<Record<string, unknown>> = { ...('spec' in object ? (object as Specified).spec : {}) };
    return spec[field.replace('spec.', '')] === value.replaceAll(/\\(.)/g, '$1');
  });
}

/** The client with the methods that are not there: calling one fails the test that does. */
export function asClient<O extends Specified>(client: MemoryClient<O>): Client {
  return client as Pick<Client, 'get' | 'list' | 'create' | 'mergePatch' | 'delete'> as Client;
}

/** A cache that holds these tasks. */
export function cacheOf(...tasks: readonly AgentTask[]): ReadStore<AgentTask> {
  const store = new Store(taskCacheOptions.indexers);
  for (const task of tasks) store.set(task);
  return store;
}

/** Ids 1, 2, 3 and so on. */
export function countingIds(): { next(): Promise<number> } {
  let last = 0;
  return { next: async () => ++last };
}
