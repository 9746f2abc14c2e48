import { Gauge, type Registry } from '@prometheus-io/client';

import type { Figures, Standing } from './figures.ts';

const standings: readonly Standing[] = ['reached', 'under_way', 'waiting', 'stalled'];

/**
 * What is told of ClusterStages: as many series as there are words for how one stands, however many nodes there are.
 * @param figures as they are now, asked for whenever metrics are read
 */
export function addStageMetrics(registry: Registry, figures: () => Figures): void {
  const registers = [registry];
  const counted: Gauge<'standing'> = new Gauge({
    name: 'fleetwright_clusterstages',
    help: 'ClusterStages by how they stand; waiting: paused or outside their window; stalled: somebody has to act.',
    labelNames: ['standing'],
    registers,
    collect() {
      const found = figures().standings;
      for (const standing of standings) counted.set({ standing }, found.get(standing) ?? 0);
    },
  });
  const still: Gauge = new Gauge({
    name: 'fleetwright_clusterstage_seconds_without_progress',
    help: 'Seconds since a node of a ClusterStage that is under way began with a step; of several the longest.',
    registers,
    collect: () => still.set(figures().still),
  });
  const steps: Gauge<'step'> = new Gauge({
    name: 'fleetwright_clusterstage_step_seconds',
    help: 'Seconds that a node has been at a step; of several nodes the longest. Absent while none is at it.',
    labelNames: ['step'],
    registers,
    collect() {
      steps.reset();
      for (const [step, seconds] of figures().steps) steps.set({ step }, seconds);
    },
  });
  const out: Gauge<'stage'> = new Gauge({
    name: 'fleetwright_clusterstage_nodes_out',
    help: 'Nodes that a ClusterStage has out of service, by the stage that they are out for.',
    labelNames: ['stage'],
    registers,
    collect() {
      out.reset();
      for (const [stage, nodes] of figures().out) out.set({ stage }, nodes);
    },
  });
  const left: Gauge = new Gauge({
    name: 'fleetwright_clusterstage_nodes_left',
    help: 'Nodes that a ClusterStage has out of service which is gone, or says that it has none.',
    registers,
    collect: () => left.set(figures().left),
  });
}
