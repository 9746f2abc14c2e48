import type { ReadyWatch } from '../ready-watch.ts';

/** Milliseconds between the moment each create was sent and the moment the driver's watch showed the object Ready. */
export function createToReady(sent: ReadonlyMap<string, number>, watch: ReadyWatch): number[] {
  return [...sent].map(([name, at]) => (watch.readyAt.get(name) ?? Number.NaN) - at);
}
