import type { AgentTask } from '../../crds/types/agenttask.ts';

/** Beyond this many characters a text is written anew each time: kept ones must not take more memory than the tasks themselves. */
const keepUpTo = 4096;

/**
 * Answers to check as texts. Clients ask for one task over and over, and a task in the cache is one and the same object until it changes, so that its text
 * is written once.
 */
export class Reports {
  readonly #report: (task: AgentTask) => object;
  readonly #texts = new WeakMap<AgentTask, string>();

  constructor(report: (task: AgentTask) => object) {
    this.#report = report;
  }

  /** @returns the whole answer, in JSON */
  textOf(task: AgentTask): string {
    const kept = this.#texts.get(task);
    if (kept !== undefined) return kept;
    const text = JSON.stringify({ code: 0, content: this.#report(task) });
    if (text.length <= keepUpTo) this.#texts.set(task, text);
    return text;
  }
}
