import type { KubeObject } from '../../kube/objects.ts';
import type { HistoryKind } from '../kind.ts';
import { refOf } from '../records.ts';
import type { HistoryStore, Knowledge } from '../store.ts';
import { newsOf, type Observed } from './plan.ts';

interface Note {
  /** Milliseconds of performance.now(). */
  readonly since: number;
  /** Of what the rest is known: 0, or the generation. */
  readonly generation: number;
  readonly knowledge: Knowledge;
  /** What the history was told last; undefined: by another process, or never. */
  readonly told: string | undefined;
}

/**
 * What this process remembers of the objects of a kind that are there, so that it need not ask the history at each of
 * their changes.
 */
export class Notes<T extends KubeObject> {
  readonly #notes = new Map<string, Note>();
  readonly #kind: HistoryKind<T>;
  readonly #store: Pick<HistoryStore, 'knowledge'>;
  readonly #monotonic: () => number;

  constructor(
    kind: HistoryKind<T>,
    store: Pick<HistoryStore, 'knowledge'>,
    monotonic: () => number = () => performance.now(),
  ) {
    this.#kind = kind;
    this.#store = store;
    this.#monotonic = monotonic;
  }

  async observe(object: T): Promise<Observed<T>> {
    const { uid, generation } = refOf(this.#kind, object);
    const known = this.#notes.get(uid);
    const since = known?.since ?? this.#monotonic();
    const note =
      known?.generation === generation
        ? known
        : { since, generation, knowledge: await this.#store.knowledge(this.#kind, object), told: undefined };
    this.#notes.set(uid, note);
    return {
      object,
      knowledge: note.knowledge,
      toldAll: note.told === newsOf(this.#kind, object),
      knownFor: this.#monotonic() - since,
    };
  }

  /** The history was told of the object as it is here. */
  told(object: T, knowledge: Exclude<Knowledge, 'none'>): void {
    const { uid, generation } = refOf(this.#kind, object);
    const note = this.#notes.get(uid);
    const complete = note?.generation === generation && note.knowledge === 'complete';
    this.#notes.set(uid, {
      since: note?.since ?? this.#monotonic(),
      generation,
      knowledge: complete ? 'complete' : knowledge,
      told: newsOf(this.#kind, object),
    });
  }

  forget(uid: string): void {
    this.#notes.delete(uid);
  }
}
