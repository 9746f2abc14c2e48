import { findCondition } from '../../../kube/conditions.ts';
import { keyOf, type Condition, type KubeObject } from '../../../kube/objects.ts';
import type { ManualClock } from './clock.ts';

/** An object of any of our kinds, as far as a tale speaks of it. */
interface Told extends KubeObject {
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}

/** What happened, line by line, for people. */
export class Tale {
  readonly #clock: ManualClock;
  readonly #lines: string[] = [];
  readonly #said = new Map<string, string>();

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** @param who the object, host or person it is about */
  tell(who: string, what: string, more = ''): void {
    const time = new Date(this.#clock.elapsed).toISOString().slice(11, 19);
    this.#lines.push(`${time}  ${who.padEnd(15)}  ${what.padEnd(17)}  ${more}`.trimEnd());
  }

  /** The status, when it says something else than the last time. */
  status(object: Told): void {
    const { phase, conditions } = object.status ?? {};
    const ready = findCondition(conditions, 'Ready');
    if (phase === undefined || ready === undefined) return;
    const saying = `${ready.reason === phase ? '' : `${ready.reason}: `}${ready.message}`;
    if (this.#said.get(keyOf(object)) === `${phase} ${saying}`) return;
    this.#said.set(keyOf(object), `${phase} ${saying}`);
    this.tell(keyOf(object), `= ${phase}`, saying);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
