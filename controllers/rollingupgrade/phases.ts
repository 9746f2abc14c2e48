import type { RollingUpgrade, RollingUpgradePhase } from '../../crds/types/rollingupgrade.ts';

const terminal: ReadonlySet<RollingUpgradePhase> = new Set(['Succeeded', 'Failed', 'Stopped']);

/** Ended for good: such an upgrade never goes on. */
export function isFinished({ status }: RollingUpgrade): boolean {
  return status?.phase !== undefined && terminal.has(status.phase);
}

/** It has begun, so that its spec is frozen. */
export function isRunning({ status }: RollingUpgrade): boolean {
  return status?.phase === 'Running';
}
