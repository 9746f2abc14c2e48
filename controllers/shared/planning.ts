import type { Decision } from '../../kube/reconciler.ts';

/**
 * What a pass does: the intents in order, then one status patch, which is a promise kept only if the intents succeeded.
 */
export interface PlanOf<Status, Intent> extends Decision<Status> {
  readonly intents: readonly Intent[];
}

/**
 * The first step that has something to say decides. The order is the safety rule: a later step may rely on what every
 * earlier one ruled out.
 */
export function firstOf<Observed extends readonly unknown[], Plan>(
  steps: readonly ((...observed: Observed) => Plan | undefined)[],
  ...observed: Observed
): Plan | undefined {
  for (const step of steps) {
    const next = step(...observed);
    if (next !== undefined) return next;
  }
  return undefined;
}
