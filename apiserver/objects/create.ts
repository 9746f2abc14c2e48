import { historyFinalizer, idLabel, idOf } from '../../crds/labels.ts';
import type { Client } from '../../kube/client.ts';
import { AlreadyExistsError, ApiError, ServerError, TransportError } from '../../kube/errors.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import { joinKey, type KubeObject, type ResourceType } from '../../kube/objects.ts';
import type { Caller } from '../auth/caller.ts';
import { inOwnName } from '../service-error.ts';
import type { ObjectsOptions } from './options.ts';
import { Rights } from './rights.ts';

/** Where the ids of one kind come from. */
export interface Ids {
  /** @returns one that nobody was given before. @throws what the client throws */
  next(): Promise<number>;
}

/** There is, or was, an object of this name. */
export class NameTakenError extends Error {
  readonly code = 'NAME_TAKEN';

  constructor(name: string, options?: ErrorOptions) {
    super(`the name ${name} is taken: give another one`, options);
    this.name = 'NameTakenError';
  }
}

/** Makes objects of one kind, each with an id of its own and a name that was never used before. */
export class ObjectCreator<T extends KubeObject> {
  readonly #options: ObjectsOptions<T>;
  readonly #ids: Ids;
  readonly #rights: Rights;

  constructor(options: ObjectsOptions<T>, ids: Ids) {
    this.#options = options;
    this.#ids = ids;
    this.#rights = new Rights(options.authorizer, options.type);
  }

  /**
   * Makes the object. Where a history is kept it holds it from its first moment on, so that none is deleted before its
   * name is known for ever.
   * @returns its id
   * @throws NameTakenError, AuthError, ServiceError, HistoryError, and what Client.create throws
   */
  async create(caller: Caller, draft: T): Promise<number> {
    const { type, clientOf, past } = this.#options;
    // Before anything is said about the name, which tells that an object is there.
    await this.#rights.demand(caller, { verb: 'create', namespace: draft.metadata.namespace });
    if (await this.#isTaken(draft)) throw new NameTakenError(draft.metadata.name);
    const id = await inOwnName(this.#ids.next());
    const metadata = {
      ...draft.metadata,
      labels: { ...draft.metadata.labels, [idLabel]: String(id) },
      ...(past === undefined ? {} : { finalizers: [historyFinalizer] }),
    };
    const client = clientOf(caller);
    try {
      await client.create(type, { ...draft, metadata });
    } catch (error) {
      if (error instanceof AlreadyExistsError) throw new NameTakenError(metadata.name, { cause: error });
      if (!(await wasCreated(client, type, error, { ...draft, metadata }))) throw error;
    }
    return id;
  }

  /**
   * Only spares an id where the object is there: whether the name is free is then decided by the create. A name in the
   * history is decided here.
   */
  async #isTaken({ metadata }: T): Promise<boolean> {
    const { cache, past } = this.#options;
    return (
      cache.get(joinKey(metadata)) !== undefined ||
      (await past?.byName(metadata.namespace, metadata.name)) !== undefined
    );
  }
}

/**
 * An answer that was lost on the way says nothing about what was done; the object does, since only this call knows the
 * id.
 */
async function wasCreated<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  error: unknown,
  made: T,
): Promise<boolean> {
  if (!(error instanceof TransportError || error instanceof ServerError)) return false;
  try {
    const found = await getIfThere(client, type, made.metadata);
    return found !== undefined && idOf(found) === idOf(made);
  } catch (second) {
    // The caller is told of the first failure, which the same trouble caused.
    if (second instanceof TransportError || second instanceof ApiError) return false;
    throw second;
  }
}
