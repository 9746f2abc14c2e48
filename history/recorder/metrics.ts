import { Counter, Gauge, type Registry } from '@prometheus-io/client';

/** How a record came to its end. `vanished`: the task went without us, and was recorded as it was seen last. */
export type Ending = 'finished' | 'deleted' | 'vanished';

/** What the recorder counts, beside the metrics of its controller. */
export class RecorderMetrics {
  readonly #recorded: Counter<'ending'>;
  readonly #steps: Counter;
  readonly #pruned: Counter;

  /** @param size of the history on the disk, in bytes, asked for whenever metrics are read */
  constructor(registry: Registry, size: () => number) {
    const registers = [registry];
    this.#recorded = new Counter({
      name: 'fleetwright_history_tasks_recorded_total',
      help: 'Tasks of which the end was recorded.',
      labelNames: ['ending'],
      registers,
    });
    this.#steps = new Counter({
      name: 'fleetwright_history_steps_recorded_total',
      help: 'Lines of run logs that were recorded.',
      registers,
    });
    this.#pruned = new Counter({
      name: 'fleetwright_history_tasks_pruned_total',
      help: 'Tasks of which the details were forgotten, their time being over.',
      registers,
    });
    for (const ending of ['finished', 'deleted', 'vanished'] as const) this.#recorded.inc({ ending }, 0);
    const gauge: Gauge = new Gauge({
      name: 'fleetwright_history_size_bytes',
      help: 'Size of the history on the disk.',
      registers,
      collect: () => gauge.set(size()),
    });
  }

  recorded(ending: Ending, steps: number): void {
    this.#recorded.inc({ ending });
    this.#steps.inc(steps);
  }

  pruned(tasks: number): void {
    this.#pruned.inc(tasks);
  }
}
