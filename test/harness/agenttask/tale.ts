import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { findCondition } from '../../../kube/conditions.ts';
import { keyOf } from '../../../kube/objects.ts';
import type { ManualClock } from '../world/clock.ts';

/** What happened, line by line, for people. */
export class Tale {
  readonly #clock: ManualClock;
  readonly #lines: string[] = [];
  readonly #said = new Map<string, string>();

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  /** @param who the task, host or person it is about */
  tell(who: string, what: string, more = ''): void {
    const time = new Date(this.#clock.elapsed).toISOString().slice(11, 19);
    this.#lines.push(`${time}  ${who.padEnd(15)}  ${what.padEnd(17)}  ${more}`.trimEnd());
  }

  /** The status, when it says something else than the last time. */
  status(task: AgentTask): void {
    const ready = findCondition(task.status?.conditions, 'Ready');
    if (task.status?.phase === undefined || ready === undefined) return;
    const { phase } = task.status;
    const saying = `${ready.reason === phase ? '' : `${ready.reason}: `}${ready.message}`;
    if (this.#said.get(keyOf(task)) === `${phase} ${saying}`) return;
    this.#said.set(keyOf(task), `${phase} ${saying}`);
    this.tell(keyOf(task), `= ${phase}`, saying);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}
