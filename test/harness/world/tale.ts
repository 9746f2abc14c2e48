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
    this.#say(object, 'Ready', phase, `${ready.reason === phase ? '' : `${ready.reason}: `}${ready.message}`);
  }

  /** A condition of this type, when it says something else than the last time. */
  condition(object: Told, type: string): void {
    const condition = findCondition(object.status?.conditions, type);
    if (condition !== undefined) this.#say(object, type, type, condition.message || condition.reason);
  }

  #say(object: Told, about: string, what: string, more: string): void {
    const key = `${keyOf(object)} ${about}`;
    if (this.#said.get(key) === `${what} ${more}`) return;
    this.#said.set(key, `${what} ${more}`);
    this.tell(keyOf(object), `= ${what}`, more);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
