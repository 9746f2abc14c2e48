import type { Pass } from '../../kube/controller.ts';

/**
 * One thing to do now, and why. Intents are data: a dry run shows them, a story test compares them, act.ts carries them
 * out.
 */
export interface AnyIntent {
  readonly do: string;
  readonly because: string;
}

/**
 * Tells the log what a pass is about to do.
 * @param routine what is done so often that it is no news when it is done last
 */
export function tellIntents(pass: Pass, intents: readonly AnyIntent[], routine: readonly string[] = []): void {
  const last = intents.at(-1);
  if (last === undefined) return;
  const told = { intents: intents.map((intent) => intent.do), because: last.because };
  pass.log[routine.includes(last.do) ? 'debug' : 'info'](told, 'acting');
}
