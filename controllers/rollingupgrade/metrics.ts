import { Counter, Gauge, type Registry } from '@prometheus-io/client';

import type { UpgradeFigures, UpgradeStanding } from './figures.ts';

const standings: readonly UpgradeStanding[] = ['pending', 'under_way', 'paused', 'stalled'];

/** What is counted when it happens. */
export interface UpgradeCounts {
  /** An upgrade goes, and what it set in a search cluster could not be put back. */
  settingLeft(this: void): void;
}

/**
 * What is told of RollingUpgrades: as many series as there are words for how one stands, however many there are.
 * @param figures as they are now, asked for whenever metrics are read
 */
export function addUpgradeMetrics(registry: Registry, figures: () => UpgradeFigures): UpgradeCounts {
  const registers = [registry];
  const counted: Gauge<'standing'> = new Gauge({
    name: 'fleetwright_rollingupgrades',
    help: 'RollingUpgrades that have not ended, by how they stand; stalled: somebody has to act. Without dry runs.',
    labelNames: ['standing'],
    registers,
    collect() {
      const found = figures().standings;
      for (const standing of standings) counted.set({ standing }, found.get(standing) ?? 0);
    },
  });
  const overdue: Gauge = new Gauge({
    name: 'fleetwright_rollingupgrade_overdue_seconds',
    help: 'Seconds for which an upgrade has waited beyond its healthTimeoutSeconds; of several the longest.',
    registers,
    collect: () => overdue.set(figures().overdue),
  });
  const held: Gauge = new Gauge({
    name: 'fleetwright_rollingupgrade_setting_seconds',
    help: 'Seconds for which the setting of an upgrade has stayed while no node is away; of several the longest.',
    registers,
    collect: () => held.set(figures().held),
  });
  const unfinished: Gauge = new Gauge({
    name: 'fleetwright_rollingupgrade_clusters_unfinished',
    help: 'Search clusters of which the latest upgrade ended before every node had the new version.',
    registers,
    collect: () => unfinished.set(figures().unfinished),
  });
  const left: Counter = new Counter({
    name: 'fleetwright_rollingupgrade_settings_left_total',
    help: 'Upgrades that went although what they set in a search cluster could not be put back.',
    registers,
  });
  return { settingLeft: () => left.inc() };
}
