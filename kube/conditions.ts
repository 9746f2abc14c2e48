import type { Condition } from './objects.ts';

/** A condition as a plan states it; the times are filled in against what the object has. */
export type Statement = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** Keeps a status well below etcd's limit, whatever an error message holds. */
const maxMessage = 1024;

/**
 * The condition list that says `statements`: order as stated, transition times kept where the status (True, False,
 * Unknown) did not change, conditions of other types left alone, messages cut.
 */
export function setConditions(
  current: readonly Condition[] | undefined,
  statements: readonly Statement[],
  generation: number | undefined,
  now: Date,
): Condition[] {
  const stated = statements.map((statement) => {
    const before = current?.find((condition) => condition.type === statement.type);
    const lastTransitionTime = before?.status === statement.status ? before.lastTransitionTime : rfc3339(now);
    const { type, status, reason } = statement;
    const condition = { type, status, reason, message: truncate(statement.message, maxMessage), lastTransitionTime };
    return generation === undefined ? condition : { ...condition, observedGeneration: generation };
  });
  const others = (current ?? []).filter(
    (condition) => !statements.some((statement) => statement.type === condition.type),
  );
  return [...stated, ...others];
}

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether an object says so of itself: one of ours, or one of Kubernetes' own, such as a node or a pod. */
export function isTrue(
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
  type: string,
): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
}

/*
 * The sets below are what kstatus (and so Helm --wait, Flux and Argo CD) reads: Reconciling=True is in progress,
 * Stalled=True has failed, Ready=True is current. An object without conditions counts as current, so the first set must
 * be written at first sight.
 */

/** Under way, or waiting for something that is expected to come. */
export function reconciling(reason: string, message: string): readonly Statement[] {
  return [
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Reconciling', status: 'True', reason, message },
    { type: 'Stalled', status: 'False', reason, message: '' },
  ];
}

/** Will not come right by itself: somebody has to change something, and the message says what. */
export function stalled(reason: string, message: string): readonly Statement[] {
  return [
    { type: 'Ready', status: 'False', reason, message },
    { type: 'Reconciling', status: 'False', reason, message: '' },
    { type: 'Stalled', status: 'True', reason, message },
  ];
}

export function ready(reason: string, message: string): readonly Statement[] {
  return [
    { type: 'Ready', status: 'True', reason, message },
    { type: 'Reconciling', status: 'False', reason, message: '' },
    { type: 'Stalled', status: 'False', reason, message: '' },
  ];
}

/** metav1.Time: whole seconds. */
export function rfc3339(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** Cuts at `max` UTF-16 units, never within a character, and shows that something was cut. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1);
  return `${/[\uD800-\uDBFF]$/u.test(cut) ? cut.slice(0, -1) : cut}…`;
}
