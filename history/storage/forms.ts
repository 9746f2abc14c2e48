import { idOf } from '../../crds/labels.ts';
import type { KubeObject } from '../../kube/objects.ts';
import type { HistoryKind, Rows } from '../kind.ts';
import type { Knowledge } from '../store.ts';
import { toSeconds } from '../times.ts';

/** Seconds since 1970. */
export function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

/** When an object ended that is over now, in seconds since 1970. */
export function endOf<T extends KubeObject>(kind: HistoryKind<T>, object: T, now: Date): number {
  return toSeconds(kind.endedAt(object)) ?? toSeconds(object.metadata.deletionTimestamp) ?? secondsOf(now);
}

/** When it was made, in seconds since 1970. */
export function createdOf({ metadata }: KubeObject): number {
  return toSeconds(metadata.creationTimestamp) ?? 0;
}

/** What is kept as rows, and the object without it. */
export function detached<T extends KubeObject>(
  kind: HistoryKind<T>,
  object: T,
): { readonly object: T; readonly rows: Rows } {
  return kind.parts?.detach(object) ?? { object, rows: {} };
}

/** A label that somebody wrote by hand may hold more digits than a number can. */
export function storedId(object: KubeObject): number | null {
  const id = idOf(object);
  return id === undefined || !Number.isSafeInteger(id) ? null : id;
}

/** @param state of the record; undefined where there is none */
export function knowledgeOf(state: number | undefined): Knowledge {
  if (state === undefined) return 'none';
  return state === 0 ? 'seen' : 'complete';
}
