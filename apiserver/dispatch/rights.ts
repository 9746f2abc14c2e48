import type { Access, Authorizer } from '../auth/authorizer.ts';
import type { Caller } from '../auth/caller.ts';
import { agentTasks } from '../../crds/types/agenttask.ts';
import { ApiError } from '../../kube/errors.ts';
import { ServiceError } from './errors.ts';

/** Asks whether a caller may do something to the tasks of one namespace, for what is then answered without asking the API server. */
export class Rights {
  readonly #authorizer: Authorizer;
  readonly #namespace: string;

  constructor(authorizer: Authorizer, namespace: string) {
    this.#authorizer = authorizer;
    this.#namespace = namespace;
  }

  /** @throws AuthError when the caller may not, ServiceError when this service may not ask, TransportError */
  async demand(caller: Caller, verb: Access['verb'], subresource?: 'log'): Promise<void> {
    const access = { verb, group: agentTasks.group, resource: agentTasks.plural, namespace: this.#namespace };
    await inOwnName(this.#authorizer.check(caller, subresource === undefined ? access : { ...access, subresource }));
  }
}

/** What this service does in its own name fails for reasons that are the operator's, and nothing that the caller could ask for or be told. */
export async function inOwnName<T>(doing: Promise<T>): Promise<T> {
  try {
    return await doing;
  } catch (error) {
    if (error instanceof ApiError && [401, 403, 404].includes(error.httpStatus))
      throw new ServiceError('the Kubernetes API server does not allow it to this service', { cause: error });
    throw error;
  }
}
