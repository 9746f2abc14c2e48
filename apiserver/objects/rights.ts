import type { ResourceType } from '../../kube/objects.ts';
import type { Access, Authorizer } from '../auth/authorizer.ts';
import type { Caller } from '../auth/caller.ts';
import { inOwnName } from '../service-error.ts';

/** Something that a caller wants to do to objects of one kind. */
export interface Demand {
  readonly verb: Access['verb'];
  /** Left out for a kind of the whole cluster. */
  readonly namespace?: string | undefined;
  readonly subresource?: string;
}

/**
 * Asks whether a caller may do something to the objects of a kind, for what is then answered without asking the API
 * server.
 */
export class Rights {
  readonly #authorizer: Authorizer;
  readonly #type: ResourceType;

  constructor(authorizer: Authorizer, type: ResourceType) {
    this.#authorizer = authorizer;
    this.#type = type;
  }

  /** @throws AuthError when the caller may not, ServiceError when this service may not ask, TransportError */
  async demand(caller: Caller, { verb, namespace, subresource }: Demand): Promise<void> {
    const access: Access = {
      verb,
      group: this.#type.group,
      resource: this.#type.plural,
      ...(namespace === undefined ? {} : { namespace }),
      ...(subresource === undefined ? {} : { subresource }),
    };
    await inOwnName(this.#authorizer.check(caller, access));
  }
}
