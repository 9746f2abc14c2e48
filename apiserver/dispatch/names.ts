import { createHash } from 'node:crypto';

/** Annotation with the name that the caller gave. */
export const nameAnnotation = 'fleetwright.io/dispatch-name';

/**
 * The object's name for a caller's name, which may hold what no object's name can. The same for ever: that a name is
 * taken is then what the API server says (409), whoever asks, however many facades there are, and also after a crash.
 */
export function objectNameOf(dispatchName: string): string {
  return `run-${createHash('sha256').update(dispatchName).digest('hex').slice(0, 32)}`;
}
