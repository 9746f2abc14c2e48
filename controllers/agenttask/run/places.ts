import type { AgentTask, AgentTaskRunExecutor } from '../../../crds/types/agenttask.ts';
import type { Executor } from '../executors/executor.ts';
import { Slots } from './slots.ts';

/** One way of running tasks. */
export interface RunPlace {
  readonly kind: AgentTaskRunExecutor;
  /** How many runs are under way here at once. */
  readonly slots: Slots;
  /** The executor for the runs of this task. Cheap: asked for in every pass. */
  of(task: AgentTask): Executor;
  /** For all runs, whosever they are: what ended, and what nobody speaks of. */
  readonly all: Pick<Executor, 'list' | 'watch' | 'requestStop' | 'remove'>;
}

/** Runs are processes of this machine, at most `maxRuns` at once. */
export function localPlace(executor: Executor, maxRuns: number): RunPlace {
  return { kind: 'local', slots: new Slots(maxRuns), of: () => executor, all: executor };
}

/** The ways of running tasks that this controller has. */
export class RunPlaces {
  readonly #places: readonly RunPlace[];

  /** @param places the first is what `executor: auto` means */
  constructor(places: readonly RunPlace[]) {
    this.#places = places;
  }

  [Symbol.iterator](): Iterator<RunPlace> {
    return this.#places[Symbol.iterator]();
  }

  /** Where the recorded run of the task is, else where it would be; undefined when this controller cannot do that. */
  of({ spec, status }: AgentTask): RunPlace | undefined {
    const { executor = 'auto' } = spec;
    const kind = status?.run?.executor ?? (executor === 'auto' ? this.#places[0]?.kind : executor);
    return this.#places.find((place) => place.kind === kind);
  }

  /** Gives back the slot, or the place in a queue, that a task has. @returns the keys that may try now */
  leave(key: string): readonly string[] {
    return this.#places.flatMap(({ slots }) => slots.leave(key));
  }
}
