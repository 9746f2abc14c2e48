import type { EvictionAnswer } from '../../kube/disruption.ts';
import type { Refusal } from './drain.ts';

/** How long (milliseconds) a pod is left alone after the API server refused to let it go. */
const restAfterRefusal = 5000;

/** What this process knows of evictions, by the UID of the pod; a new process asks again. */
export class EvictionMemory {
  readonly #accepted = new Set<string>();
  readonly #refused = new Map<string, Refusal & { readonly at: Date }>();

  /** It is asked for now; what comes of it is noted next. */
  begin(uid: string): void {
    this.#accepted.add(uid);
  }

  note(uid: string, answer: EvictionAnswer, at: Date): void {
    this.forget(uid);
    if (answer.answer === 'refused') this.#refused.set(uid, { lasting: answer.lasting, message: answer.message, at });
    else this.#accepted.add(uid);
  }

  /** The cache may not show yet that it is being deleted. */
  isLeaving(uid: string | undefined): boolean {
    return uid !== undefined && this.#accepted.has(uid);
  }

  refusal(uid: string, now: Date): Refusal | undefined {
    const refusal = this.#refused.get(uid);
    return refusal === undefined || now.getTime() - refusal.at.getTime() >= restAfterRefusal ? undefined : refusal;
  }

  /** The pod is gone, or nobody knows what became of the wish. */
  forget(uid: string): void {
    this.#accepted.delete(uid);
    this.#refused.delete(uid);
  }
}
