import type { AgentTask } from '../../crds/types/agenttask.ts';

/** Tasks that are gone, as they were seen last, until their end is recorded. Of one name there may be several. */
export class Departed {
  readonly #tasks = new Map<string, readonly AgentTask[]>();

  add(key: string, task: AgentTask): void {
    this.#tasks.set(key, [...this.of(key), task]);
  }

  of(key: string): readonly AgentTask[] {
    return this.#tasks.get(key) ?? [];
  }

  done(key: string, task: AgentTask): void {
    const left = this.of(key).filter((other) => other !== task);
    if (left.length === 0) this.#tasks.delete(key);
    else this.#tasks.set(key, left);
  }
}
