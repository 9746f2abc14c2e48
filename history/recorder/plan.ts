import { historyFinalizer } from '../../crds/labels.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { HistoryKind } from '../kind.ts';
import type { Knowledge } from '../store.ts';

/** What one pass knows of one object. */
export interface Observed<T extends KubeObject = KubeObject> {
  readonly object: T;
  /** Of the object or, where the kind is recorded so, of its present generation. */
  readonly knowledge: Knowledge;
  /** The history was told of the object as it is now, as far as `newsOf` goes. */
  readonly toldAll: boolean;
  /** For how long (milliseconds) this process has known the object. */
  readonly knownFor: number;
}

/**
 * see: tell the history that the object is there. hold: put the finalizer on it. complete: record how it ended.
 * release: take the finalizer away.
 */
export type Intent = 'see' | 'hold' | 'complete' | 'release';

export interface Plan {
  readonly intents: readonly Intent[];
  /** Milliseconds. */
  readonly requeueAfter?: number;
}

/**
 * So long (milliseconds) after its creation an object keeps its finalizer, where names are given once: whoever asked
 * the history for the name just before the object was made, and is about to create another one of that name, must meet
 * it in the API server.
 */
const nameHeld = 30_000;

/** What to do about an object now, in order. Each intent may be carried out twice. */
export function plan<T extends KubeObject>(kind: HistoryKind<T>, observed: Observed<T>, now: Date): Plan {
  const { object, knowledge, toldAll } = observed;
  const finalizers = object.metadata.finalizers ?? [];
  const held = finalizers.includes(historyFinalizer);
  const deleting = object.metadata.deletionTimestamp !== undefined;
  // Others that hold a deleted object may still be ending its work.
  const leftToUs = deleting && finalizers.every((finalizer) => finalizer === historyFinalizer);
  const over = knowledge === 'complete' || kind.isOver(object) || leftToUs;
  const tell: readonly Intent[] = toldAll ? [] : ['see'];
  const record: readonly Intent[] = over && knowledge !== 'complete' ? ['complete'] : tell;
  // What never ends is held until it is deleted, so that this is not missed.
  const done = kind.recordPer === 'generation' ? leftToUs : over;
  if (!done) return { intents: held || deleting ? record : [...record, 'hold'] };
  if (!held) return { intents: record };
  const wait = kind.recordPer === 'generation' ? 0 : timeUntilRelease(observed, now);
  return wait > 0 ? { intents: record, requeueAfter: wait } : { intents: [...record, 'release'] };
}

/** By the clock of whoever made the object or, should that be ahead of ours, by the time that we have known it. */
function timeUntilRelease({ object, knownFor }: Observed, now: Date): number {
  const age = now.getTime() - Date.parse(object.metadata.creationTimestamp ?? '');
  return nameHeld - Math.max(knownFor, Number.isNaN(age) ? 0 : age);
}

/** What the history has to be told of while an object goes on: all that it is asked for, and the operations. */
export function newsOf<T extends KubeObject>(kind: HistoryKind<T>, object: T): string {
  const { labels, annotations, deletionTimestamp } = object.metadata;
  return JSON.stringify([labels, annotations, deletionTimestamp, kind.phaseOf(object), kind.progressOf?.(object)]);
}
