import type { EvictionAnswer } from '../../kube/disruption.ts';
import type { Refusal } from './drain.ts';

/** Evictions under way at once: each has a connection, and the API server may let it wait for others of its budget. */
const mostUnderWay = 100;
/** How long (milliseconds) a pod is left alone after the API server refused to let it go. */
const restAfterRefusal = 5000;

/** What this process knows of evictions, by the UID of the pod; a new process asks again. */
export class EvictionMemory {
  readonly #underWay = new Set<string>();
  readonly #leaving = new Set<string>();
  readonly #refused = new Map<string, Refusal & { readonly at: Date }>();

  /** How many more may be asked for now. */
  get room(): number {
    return Math.max(0, mostUnderWay - this.#underWay.size);
  }

  /** It is asked for now; what comes of it is noted next. */
  begin(uid: string): void {
    this.#underWay.add(uid);
    this.#leaving.add(uid);
    this.#refused.delete(uid);
  }

  /** @param answer `withdrawn`: it was never asked for */
  note(uid: string, answer: EvictionAnswer | 'withdrawn', at: Date): void {
    this.#underWay.delete(uid);
    if (answer === 'withdrawn') {
      this.#leaving.delete(uid);
      return;
    }
    if (answer.answer !== 'refused') return;
    // The pod may be gone by now, whatever becomes of the wish.
    if (this.#leaving.delete(uid)) this.#refused.set(uid, { lasting: answer.lasting, message: answer.message, at });
  }

  /** Its eviction is under way or was accepted, which the cache may not show yet. */
  isLeaving(uid: string | undefined): boolean {
    return uid !== undefined && this.#leaving.has(uid);
  }

  refusal(uid: string, now: Date): Refusal | undefined {
    const refusal = this.#refused.get(uid);
    return refusal === undefined || now.getTime() - refusal.at.getTime() >= restAfterRefusal ? undefined : refusal;
  }

  /** The pod is gone. */
  forget(uid: string): void {
    this.#leaving.delete(uid);
    this.#refused.delete(uid);
  }
}
