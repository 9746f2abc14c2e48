import { Counter, Gauge, type Registry } from '@prometheus-io/client';

import type { HistoryKind, Rows } from '../kind.ts';

/** How a record came to its end. `vanished`: the object went without us, and was recorded as it was seen last. */
export type Ending = 'finished' | 'deleted' | 'vanished';

/** What the recorder counts, beside the metrics of its controllers. */
export class RecorderMetrics {
  readonly #recorded: Counter<'kind' | 'ending'>;
  readonly #rows: Counter<'kind' | 'table'>;
  readonly #pruned: Counter;

  /** @param size of the history on the disk, in bytes, asked for whenever metrics are read */
  constructor(registry: Registry, kinds: readonly HistoryKind[], size: () => Promise<number>) {
    const registers = [registry];
    this.#recorded = new Counter({
      name: 'fleetwright_history_recorded_total',
      help: 'Objects, or generations of such as never end, of which the end was recorded.',
      labelNames: ['kind', 'ending'],
      registers,
    });
    this.#rows = new Counter({
      name: 'fleetwright_history_rows_recorded_total',
      help: 'What was recorded with them, for example lines of run logs.',
      labelNames: ['kind', 'table'],
      registers,
    });
    this.#pruned = new Counter({
      name: 'fleetwright_history_pruned_total',
      help: 'Records of which the details were forgotten, their time being over.',
      registers,
    });
    for (const { type, attachments } of kinds) {
      for (const ending of ['finished', 'deleted', 'vanished'] as const)
        this.#recorded.inc({ kind: type.kind, ending }, 0);
      for (const table of Object.keys(attachments?.tables ?? {})) this.#rows.inc({ kind: type.kind, table }, 0);
    }
    const gauge: Gauge = new Gauge({
      name: 'fleetwright_history_size_bytes',
      help: 'Size of the history on the disk.',
      registers,
      collect: async () => {
        // Of a database that is away the last size stands: the other metrics are needed then.
        const bytes = await size().catch(() => undefined);
        if (bytes !== undefined) gauge.set(bytes);
      },
    });
  }

  recorded({ type }: HistoryKind, ending: Ending, attachments: Rows): void {
    this.#recorded.inc({ kind: type.kind, ending });
    for (const [table, rows] of Object.entries(attachments)) this.#rows.inc({ kind: type.kind, table }, rows.length);
  }

  pruned(records: number): void {
    this.#pruned.inc(records);
  }
}
