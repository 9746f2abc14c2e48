import type { Client } from '../../kube/client.ts';
import { tryEviction } from '../../kube/disruption.ts';
import type { Refusal } from './drain.ts';
import type { PodView } from './pods.ts';

/** Pods that are asked about for one plan: beyond that it would take minutes, and say nothing new. */
export const mostTrials = 200;
/** Questions under way at once. */
const width = 10;
/** Milliseconds for which an answer counts: one plan is looked at several times while the pods move. */
const fresh = 10_000;

/** What the API server says of pods that are to be moved, without moving them. */
export class Trials {
  readonly #answers = new Map<string, { readonly at: number; readonly refusal: Refusal | undefined }>();

  /** @returns by UID, why pods could not be moved now; of so many of the first as are asked about */
  async of(client: Pick<Client, 'create'>, pods: readonly PodView[], now: Date): Promise<ReadonlyMap<string, Refusal>> {
    this.#forgetOld(now);
    const asked = pods.filter(({ leaving }) => !leaving).slice(0, mostTrials);
    const open = asked.filter(({ uid }) => !this.#answers.has(uid)).values();
    const worker = async (): Promise<void> => {
      for (const pod of open) {
        const answer = await tryEviction(client, pod);
        const refusal = answer.answer === 'refused' ? { lasting: answer.lasting, message: answer.message } : undefined;
        this.#answers.set(pod.uid, { at: now.getTime(), refusal });
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
    return new Map(
      asked.flatMap(({ uid }) => {
        const refusal = this.#answers.get(uid)?.refusal;
        return refusal === undefined ? [] : [[uid, refusal] as const];
      }),
    );
  }

  #forgetOld(now: Date): void {
    for (const [uid, { at }] of this.#answers) if (now.getTime() - at >= fresh) this.#answers.delete(uid);
  }
}
