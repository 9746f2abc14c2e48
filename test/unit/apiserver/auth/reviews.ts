import type { SubjectAccessReview, TokenReview } from '../../../../kube/builtin.ts';
import type { KubeObject, ResourceType } from '../../../../kube/objects.ts';

/** Answers reviews as an API server would that knows these tokens and lets these pass. */
export class ReviewingApi {
  readonly reviewed: string[] = [];
  readonly asked: SubjectAccessReview['spec'][] = [];
  readonly users = new Map<string, { readonly username: string; readonly groups: readonly string[] }>();
  allows: (spec: SubjectAccessReview['spec']) => boolean = () => true;
  /** Every call waits for it. */
  gate: Promise<void> = Promise.resolve();
  fault: Error | undefined;

  async create<T extends KubeObject>(type: ResourceType<T>, object: T): Promise<T> {
    const answer = this.#answer(type, object);
    await this.gate;
    if (this.fault !== undefined) throw this.fault;
    return answer as KubeObject as T;
  }

  #answer(type: ResourceType, object: KubeObject): TokenReview | SubjectAccessReview {
    if (type.kind === 'TokenReview') {
      const { spec } = object as TokenReview;
      this.reviewed.push(spec.token);
      const user = this.users.get(spec.token);
      return {
        metadata: object.metadata,
        spec,
        status: user === undefined ? { authenticated: false, error: 'unknown' } : { authenticated: true, user },
      };
    }
    const { spec } = object as SubjectAccessReview;
    this.asked.push(spec);
    return { metadata: object.metadata, spec, status: { allowed: this.allows(spec) } };
  }
}
