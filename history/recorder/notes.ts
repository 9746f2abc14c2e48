import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { Knowledge } from '../store.ts';
import { newsOf, type Observed } from './plan.ts';

interface Note {
  /** Milliseconds of performance.now(). */
  readonly since: number;
  readonly knowledge: Knowledge;
  /** What the history was told last; undefined: by another process, or never. */
  readonly told: string | undefined;
}

/** What this process remembers of the tasks that are there, so that it need not ask the history at each of their changes. */
export class Notes {
  readonly #notes = new Map<string, Note>();
  readonly #ask: (uid: string) => Promise<Knowledge>;
  readonly #monotonic: () => number;

  /** @param ask what the history knows of the task with this UID */
  constructor(ask: (uid: string) => Promise<Knowledge>, monotonic: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#monotonic = monotonic;
  }

  async observe(task: AgentTask): Promise<Observed> {
    const uid = task.metadata.uid ?? '';
    const note = this.#notes.get(uid) ?? { since: this.#monotonic(), knowledge: await this.#ask(uid), told: undefined };
    this.#notes.set(uid, note);
    return {
      task,
      knowledge: note.knowledge,
      toldAll: note.told === newsOf(task),
      knownFor: this.#monotonic() - note.since,
    };
  }

  /** The history was told of the task as it is here. */
  told(task: AgentTask, knowledge: Exclude<Knowledge, 'none'>): void {
    const uid = task.metadata.uid ?? '';
    const note = this.#notes.get(uid);
    const known = note?.knowledge === 'complete' ? 'complete' : knowledge;
    this.#notes.set(uid, { since: note?.since ?? this.#monotonic(), knowledge: known, told: newsOf(task) });
  }

  forget(uid: string): void {
    this.#notes.delete(uid);
  }
}
