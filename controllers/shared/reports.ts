import { ready, reconciling, setConditions, stalled, truncate, type Statement } from '../../kube/conditions.ts';
import type { Happening } from '../../kube/events.ts';
import type { Condition, KubeObject } from '../../kube/objects.ts';
import type { PlanOf } from './planning.ts';

/** What the status of every kind has. */
export interface CommonStatus {
  readonly observedGeneration?: number;
  /** What ended the object, or holds it up. */
  readonly message?: string;
  /** With spec.dryRun, what would be done. */
  readonly plan?: readonly string[];
  readonly conditions?: readonly Condition[];
}

export interface Reported<S extends CommonStatus> extends KubeObject {
  readonly status?: S;
}

/** What a kind says besides its conditions. */
export interface Wording<S> {
  /** It comes to an end, so that it has the condition Succeeded: Unknown until then. */
  readonly runsToAnEnd: boolean;
  /** Further fields of the status while it waits, or is planned. */
  readonly waiting: Partial<S>;
  /** The same while it is under way. */
  readonly underWay: Partial<S>;
  /** The action in events of what is under way or has ended, CamelCase. */
  readonly action: string;
}

/** How an object ended. */
export interface Ended<S> {
  readonly good: boolean;
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** Further fields of the status. */
  readonly status: Partial<S>;
}

/** Characters of status.message; the definitions of all kinds allow as many. */
const longestMessage = 1024;

/**
 * How controllers of every kind say where an object stands: conditions as kstatus reads them, a message where somebody
 * has to do something. Its functions need no `this`: a kind takes them by their names.
 */
export class Reports<S extends CommonStatus, I> {
  readonly #wording: Wording<S>;

  constructor(wording: Wording<S>) {
    this.#wording = wording;
  }

  /** A plan that waits: nothing is wrong, and the message names what is waited for. */
  readonly waiting = (
    object: Reported<S>,
    now: Date,
    reason: string,
    message: string,
    requeueAfter: number,
    intents: readonly I[] = [],
  ): PlanOf<S, I> => {
    return { intents, status: this.progress(object, now, this.#wording.waiting, reason, message), requeueAfter };
  };

  /** A plan that cannot go on until somebody changes something outside the object; looked at again now and then. */
  readonly stuck = (
    object: Reported<S>,
    now: Date,
    reason: string,
    message: string,
    requeueAfter: number,
  ): PlanOf<S, I> => {
    const status = this.#status(object, now, stalled(reason, message), 'Unknown', this.#wording.waiting);
    return {
      intents: [],
      status: { ...status, message: truncate(message, longestMessage) },
      requeueAfter,
      ...warning(object, reason, message, 'Prepare'),
    };
  };

  /** Under way, or about to be: nobody has to do anything. */
  readonly progress = (object: Reported<S>, now: Date, fields: Partial<S>, reason: string, message: string): S => {
    return without('message', this.#status(object, now, reconciling(reason, message), 'Unknown', fields));
  };

  /** Under way, but held up by something that somebody has to put right; it goes on by itself then. */
  readonly hindered = (
    object: Reported<S>,
    now: Date,
    reason: string,
    message: string,
  ): { readonly status: S; readonly event?: Happening } => {
    const { action, underWay } = this.#wording;
    return {
      status: this.#status(object, now, stalled(reason, message), 'Unknown', underWay),
      ...warning(object, reason, message, action),
    };
  };

  /** The last status of an object, and the event that tells of it. */
  readonly ended = (
    object: Reported<S>,
    now: Date,
    { good, reason, message, status }: Ended<S>,
    intents: readonly I[] = [],
  ): PlanOf<S, I> => {
    const said = (good ? ready : stalled)(reason, message);
    return {
      intents,
      status: {
        ...this.#status(object, now, said, good ? 'True' : 'False', status),
        message: truncate(message, longestMessage),
      },
      event: { type: good ? 'Normal' : 'Warning', reason, action: this.#wording.action, note: message },
    };
  };

  /** Of an object that is as its spec asks, for kinds that come to no end. */
  readonly settled = (object: Reported<S>, now: Date, reason: string, message: string, fields: Partial<S>): S => {
    return without('message', this.#status(object, now, ready(reason, message), 'True', fields));
  };

  /** Of an object that is to be planned only (spec.dryRun). */
  readonly planned = (object: Reported<S>, now: Date, plan: readonly string[]): PlanOf<S, I> => {
    const message = 'the plan is in status.plan; set dryRun to false to run it';
    const status = this.#status(object, now, ready('Planned', message), 'Unknown', this.#wording.waiting);
    return { intents: [], status: { ...status, plan } };
  };

  /**
   * The status of an object that has ended and whose spec was changed since: what may still change changes nothing of
   * it, and who waits shall know. @returns undefined when there is nothing to say
   */
  readonly stillEnded = ({ metadata, status }: Reported<S>): S | undefined => {
    const { generation } = metadata;
    if (status === undefined || generation === undefined || status.observedGeneration === generation) return undefined;
    const conditions = status.conditions?.map((condition) => ({ ...condition, observedGeneration: generation }));
    return { ...status, observedGeneration: generation, ...(conditions === undefined ? {} : { conditions }) };
  };

  #status(
    { metadata, status }: Reported<S>,
    now: Date,
    statements: readonly Statement[],
    succeeded: Statement['status'],
    fields: Partial<S>,
  ): S {
    const [first] = statements;
    const all =
      this.#wording.runsToAnEnd && first !== undefined
        ? [...statements, { ...first, type: 'Succeeded', status: succeeded }]
        : statements;
    const { generation } = metadata;
    const common: CommonStatus = {
      conditions: setConditions(status?.conditions, all, generation, now),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
    // Every field of a status may be missing: the object is shown before anybody has looked at it.
    return { ...status, ...fields, ...common } as S;
  }
}

/** Told once, not at every look. */
function warning<S extends CommonStatus>(
  { status }: Reported<S>,
  reason: string,
  note: string,
  action: string,
): { readonly event?: Happening } {
  const known = status?.conditions?.some(
    (condition) => condition.type === 'Stalled' && condition.status === 'True' && condition.reason === reason,
  );
  return known === true ? {} : { event: { type: 'Warning', reason, action, note } };
}

function without<S extends CommonStatus>(field: keyof CommonStatus, status: S): S {
  const copy = { ...status };
  Reflect.deleteProperty(copy, field);
  return copy;
}
