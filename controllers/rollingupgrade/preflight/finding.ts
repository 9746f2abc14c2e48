import type { RollingUpgrade, RollingUpgradePreflight } from '../../../crds/types/rollingupgrade.ts';
import { truncate } from '../../../kube/conditions.ts';
import type { ClusterLook, Survey } from '../engine/engine.ts';

/** Something that stands against an upgrade, with the way to put it right. */
export type Finding = RollingUpgradePreflight;

/** What is looked at before the start. */
export interface Preflight {
  readonly look: ClusterLook;
  readonly survey: Survey;
  readonly now: Date;
}

/** One thing that is looked at. Its messages are the same for the same state, or each look would be a new status. */
export type Check = (upgrade: RollingUpgrade, preflight: Preflight) => readonly Finding[];

/** Characters of a message and of a fix; the definition allows as many. */
const longest = 1024;

/** @returns what keeps the upgrade from starting */
export function error(check: string, message: string, fix: string): Finding {
  return { check, severity: 'Error', message: truncate(message, longest), fix: truncate(fix, longest) };
}

/** @returns what somebody should know, or has accepted */
export function warning(check: string, message: string, fix?: string): Finding {
  return {
    check,
    severity: 'Warning',
    message: truncate(message, longest),
    ...(fix === undefined ? {} : { fix: truncate(fix, longest) }),
  };
}

export function isError({ severity }: Finding): boolean {
  return severity === 'Error';
}

/** How many are named in one message. */
const most = 5;

/** @returns the first of them in order, and how many more there are */
export function named(names: readonly string[]): string {
  const sorted = names.toSorted();
  return sorted.length > most
    ? `${sorted.slice(0, most).join(', ')} and ${sorted.length - most} more`
    : sorted.join(', ');
}
