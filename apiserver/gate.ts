import { closedBy, denialBy, gatedResources, mayPass, stageInDenial } from '../crds/gate.ts';
import { clusterStageName } from '../crds/labels.ts';
import { clusterStages, type ClusterStage } from '../crds/types/clusterstage.ts';
import type { Client } from '../kube/client.ts';
import { ForbiddenError } from '../kube/errors.ts';
import type { KubeObject, ResourceType } from '../kube/objects.ts';
import type { ReadStore } from '../kube/store.ts';
import type { Caller } from './auth/caller.ts';
import { allGroupsOf } from './auth/identity.ts';
import { inOwnName } from './service-error.ts';

/** The stage of the cluster lets no operation begin. Nothing was done. */
export class GateClosedError extends Error {
  readonly code = 'GATE_CLOSED';

  constructor(stage: string, options?: ErrorOptions) {
    super(denialBy(stage), options);
    this.name = 'GateClosedError';
  }
}

/** Lets callers begin operations, or not, by the ClusterStage of the whole cluster. */
export class Gate {
  readonly #client: Pick<Client, 'list'>;
  readonly #stages: Pick<ReadStore<ClusterStage>, 'get'>;

  /**
   * @param client with the rights of this service
   * @param stages a cache of the ClusterStages
   */
  constructor(client: Pick<Client, 'list'>, stages: Pick<ReadStore<ClusterStage>, 'get'>) {
    this.#client = client;
    this.#stages = stages;
  }

  /** @returns the client, but for operations that cannot be begun: of these create throws GateClosedError */
  keep(client: Client, caller: Caller): Client {
    return {
      get: (type, key) => client.get(type, key),
      list: (type, options) => client.list(type, options),
      watch: (type, options, onEvent) => client.watch(type, options, onEvent),
      create: async (type, object) => this.#begin(client, caller, type, object),
      replace: (type, object) => client.replace(type, object),
      mergePatch: (type, key, patch, options) => client.mergePatch(type, key, patch, options),
      apply: (type, object, options) => client.apply(type, object, options),
      delete: (type, key, options) => client.delete(type, key, options),
    };
  }

  async #begin<T extends KubeObject>(client: Client, caller: Caller, type: ResourceType<T>, object: T): Promise<T> {
    if (type.group !== clusterStages.group || !gatedResources.includes(type.plural)) return client.create(type, object);
    await this.#demand(caller);
    try {
      return await client.create(type, object);
    } catch (error) {
      // The cache lagged, and the chart's policy did not.
      const stage = error instanceof ForbiddenError ? stageInDenial(error.message) : undefined;
      throw stage === undefined ? error : new GateClosedError(stage, { cause: error });
    }
  }

  /** Who has just opened the gate is not told that it is closed: the API server is asked before anybody is. */
  async #demand(caller: Caller): Promise<void> {
    if (closedTo(caller, this.#stages.get(clusterStageName)) === undefined) return;
    const asked = this.#client.list(clusterStages, { fieldSelector: `metadata.name=${clusterStageName}` });
    const closed = closedTo(caller, (await inOwnName(asked)).items[0]);
    if (closed !== undefined) throw new GateClosedError(closed);
  }
}

function closedTo(caller: Caller, stage: ClusterStage | undefined): string | undefined {
  return stage === undefined || mayPass(stage, caller.user, allGroupsOf(caller)) ? undefined : closedBy(stage);
}
