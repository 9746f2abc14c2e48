import { agentTasks } from '../../../crds/types/agenttask.ts';
import { configMaps } from '../../../kube/builtin.ts';
import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import type { ModelApi } from './api.ts';

const collected: readonly ResourceType[] = [agentTasks, configMaps];

/** Kubernetes' garbage collector: deletes, some time later, what belonged to an object that is gone. */
export class GarbageCollector {
  readonly #api: ModelApi;
  readonly #gone: string[] = [];

  constructor(api: ModelApi) {
    this.#api = api;
    api.onChange(({ event }) => {
      const { uid } = event.object.metadata;
      if (event.type === 'DELETED' && uid !== undefined) this.#gone.push(uid);
    });
  }

  /** Owners that are gone, and whose dependents may be left. */
  get waiting(): number {
    return this.#gone.length;
  }

  collect(): void {
    const uid = this.#gone.shift();
    for (const type of collected) {
      for (const { metadata } of this.#api.list(type).filter((object) => owns(uid, object)))
        this.#api.delete(type, metadata, metadata.uid === undefined ? {} : { uid: metadata.uid });
    }
  }
}

function owns(uid: string | undefined, { metadata }: KubeObject): boolean {
  return metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
}
