import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import type { Client, ListPage, ListOptions } from '../../../kube/client.ts';
import { AlreadyExistsError, NotFoundError } from '../../../kube/errors.ts';
import { joinKey, type KubeObject, type ObjectKey, type ResourceType } from '../../../kube/objects.ts';
import { Store, type ReadStore } from '../../../kube/store.ts';
import { cacheOptions } from '../../../apiserver/dispatch/identity.ts';

/** When a create fails, whether the object was made all the same: an answer can be lost on its way back. */
export interface Fault {
  readonly error: Error;
  readonly done: boolean;
}

/** Just enough of an API server to make it fail at will; what a real one does is tested against a real one. */
export class MemoryClient implements Pick<Client, 'get' | 'list' | 'create'> {
  readonly objects = new Map<string, AgentTask>();
  readonly calls: string[] = [];
  /** Fails the next creates, one after the other. */
  readonly faults: Fault[] = [];
  /** Fails every read while set. */
  readFault: Error | undefined;

  async get<T extends KubeObject>(_type: ResourceType<T>, key: ObjectKey): Promise<T> {
    this.calls.push('get');
    if (this.readFault !== undefined) throw this.readFault;
    const object = this.objects.get(joinKey(key));
    if (object === undefined) throw new NotFoundError(404, { message: 'not found' }, 'GET');
    return object as KubeObject as T;
  }

  async list<T extends KubeObject>(_type: ResourceType<T>, options: ListOptions = {}): Promise<ListPage<T>> {
    this.calls.push('list');
    if (this.readFault !== undefined) throw this.readFault;
    const [label = '', value] = (options.labelSelector ?? '').split('=');
    const items = [...this.objects.values()].filter((object) => object.metadata.labels?.[label] === value);
    return { items: items as KubeObject[] as T[], resourceVersion: '1' };
  }

  async create<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    this.calls.push('create');
    const fault = this.faults.shift();
    if (fault === undefined || fault.done) this.#store(type, object);
    if (fault !== undefined) throw fault.error;
    return object;
  }

  #store(type: ResourceType, object: KubeObject): void {
    const key = joinKey(object.metadata);
    if (type.plural !== agentTasks.plural) throw new Error(`only AgentTasks are kept, not ${type.plural}`);
    if (this.objects.has(key)) throw new AlreadyExistsError(409, { reason: 'AlreadyExists' }, 'POST');
    const metadata = { ...object.metadata, creationTimestamp: '2026-01-02T03:04:05Z' };
    this.objects.set(key, { ...(object as AgentTask), metadata });
  }
}

/** The client with the methods that are not there: calling one fails the test that does. */
export function asClient(client: MemoryClient): Client {
  return client as Pick<Client, 'get' | 'list' | 'create'> as Client;
}

/** A cache that holds these tasks. */
export function cacheOf(...tasks: readonly AgentTask[]): ReadStore<AgentTask> {
  const store = new Store(cacheOptions.indexers);
  for (const task of tasks) store.set(task);
  return store;
}

/** Ids 1, 2, 3 and so on. */
export function countingIds(): { next(): Promise<number> } {
  let last = 0;
  return { next: async () => ++last };
}
