import type { FastifyRequest } from 'fastify';

import { clusterStageName } from '../../crds/labels.ts';
import { clusterStages, type ClusterStage } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import { ApiError, TransportError } from '../../kube/errors.ts';
import type { ReadStore } from '../../kube/store.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import type { Caller } from '../auth/caller.ts';
import { AuthError } from '../auth/errors.ts';
import type { ObjectLookup } from '../objects/lookup.ts';
import { Rights } from '../objects/rights.ts';
import { ServiceError } from '../service-error.ts';
import { readTarget, type Asked } from './body.ts';
import { StageError, type StageCall } from './errors.ts';
import type { Mode, Seen } from './mode.ts';
import { nodeOf } from './nodes.ts';
import { stageEntity, stageInfo, type StageEntity, type StageInfo } from './report.ts';

interface ViewOptions {
  readonly authorizer: Authorizer;
  readonly cache: ReadStore<ClusterStage>;
  readonly nodes: ReadStore<Node>;
  /** The node that this process is on. */
  readonly node: string | undefined;
}

/** How things stand, for answers. */
export class StageView {
  readonly #options: ViewOptions;
  readonly #lookup: ObjectLookup<ClusterStage>;
  readonly #mode: Mode;
  readonly #rights: Rights;

  constructor(options: ViewOptions, lookup: ObjectLookup<ClusterStage>, mode: Mode) {
    this.#options = options;
    this.#lookup = lookup;
    this.#mode = mode;
    this.#rights = new Rights(options.authorizer, clusterStages);
  }

  /** @param found what the caller has just made or been told of, which the cache need not show yet */
  info(found?: ClusterStage): StageInfo {
    const { cache } = this.#options;
    const unseen = found === undefined || cache.get(found.metadata.name) !== undefined ? [] : [found];
    return stageInfo([...[...cache.list()].map((stage) => this.#lookup.recent.latest(stage)), ...unseen]);
  }

  /** @returns the name of the ClusterStage that a call is about. @throws StageError */
  nameOf({ headers }: FastifyRequest, { scope, node }: Asked): string {
    if (scope === 'cluster') return clusterStageName;
    return nodeOf(node, headers.host, this.#options.node, this.#options.nodes);
  }

  /** Whoever may see nothing is told the stage alone, by which pages of the original decide what they show. */
  async seenBy(request: FastifyRequest, call: StageCall): Promise<Seen> {
    const info = this.info();
    return (await this.#maySee(request.caller))
      ? { info, present: this.#presentOf(request, call) }
      : { info: { stage: info.stage, data: '', proc: null }, present: null };
  }

  async #maySee(caller: Caller | null): Promise<boolean> {
    if (caller === null) return false;
    try {
      await this.#rights.demand(caller, { verb: 'get' });
      return true;
    } catch (error) {
      const isKnown = [AuthError, ServiceError, ApiError, TransportError].some((kind) => error instanceof kind);
      if (isKnown) return false;
      throw error;
    }
  }

  #presentOf(request: FastifyRequest, call: StageCall): StageEntity | null {
    if (call !== 'set') return null;
    try {
      const name = this.nameOf(request, readTarget(this.#mode.fields(request.body, call), this.#mode));
      const cached = this.#options.cache.get(name);
      return stageEntity(cached === undefined ? undefined : this.#lookup.recent.latest(cached));
    } catch (error) {
      if (error instanceof StageError) return null;
      throw error;
    }
  }
}
