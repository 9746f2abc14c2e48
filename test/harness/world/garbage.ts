import type { KubeObject, ResourceType } from '../../../kube/objects.ts';
import type { ModelApi } from './api.ts';

/** Kubernetes' garbage collector: deletes, some time later, what belonged to an object that is gone. */
export class GarbageCollector {
  readonly #api: ModelApi;
  readonly #collected: readonly ResourceType[];
  readonly #gone: string[] = [];

  constructor(api: ModelApi, collected: readonly ResourceType[]) {
    this.#api = api;
    this.#collected = collected;
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
    for (const type of this.#collected) {
      for (const { metadata } of this.#api.list(type).filter((object) => owns(uid, object)))
        this.#api.delete(type, metadata, metadata.uid === undefined ? {} : { uid: metadata.uid });
    }
  }
}

function owns(uid: string | undefined, { metadata }: KubeObject): boolean {
  return metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
}
