import { Gauge, type Registry } from '@prometheus-io/client';

import type { RunFigures, RunStanding } from './figures.ts';

const standings: readonly RunStanding[] = ['pending', 'under_way', 'paused', 'confirmation', 'stalled'];

/**
 * What is told of tasks on groups: as many series as there are words for how one stands, however many there are.
 * @param figures as they are now, asked for whenever metrics are read
 */
export function addRunMetrics(registry: Registry, figures: () => RunFigures): void {
  const registers = [registry];
  const counted: Gauge<'standing'> = new Gauge({
    name: 'fleetwright_runs',
    help: 'Tasks on groups that have not ended, by how they stand; confirmation: a batch waits for a person.',
    labelNames: ['standing'],
    registers,
    collect() {
      const found = figures().standings;
      for (const standing of standings) counted.set({ standing }, found.get(standing) ?? 0);
    },
  });
  const asked: Gauge = new Gauge({
    name: 'fleetwright_run_confirmation_seconds',
    help: 'Seconds for which a batch has waited for a confirmation; of several the longest. 0: none does.',
    registers,
    collect: () => asked.set(figures().asked),
  });
  const still: Gauge = new Gauge({
    name: 'fleetwright_run_seconds_without_progress',
    help: 'Seconds since a batch of a task that is under way began or ended; of several the longest.',
    registers,
    collect: () => still.set(figures().still),
  });
}
