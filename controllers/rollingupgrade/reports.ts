import type { RollingUpgrade, RollingUpgradeCurrent, RollingUpgradeStatus } from '../../crds/types/rollingupgrade.ts';
import { rfc3339, truncate } from '../../kube/conditions.ts';
import type { OutsideTrouble } from '../shared/outside/troubles.ts';
import { Reports } from '../shared/reports.ts';
import type { Intent, Plan } from './intents.ts';
import { withNode, type NodeChange } from './nodes.ts';

export const reports = new Reports<RollingUpgradeStatus, Intent>({
  runsToAnEnd: true,
  waiting: { phase: 'Pending' },
  underWay: { phase: 'Running' },
  action: 'Upgrade',
});

/** Milliseconds until the search cluster is looked at again while it is waited for. */
export const lookAgain = 1000;
/** The same where somebody has to do something. */
const lookAgainLater = 10_000;

/** What a plan says and does besides. */
interface Further {
  /** Further fields of the status. */
  readonly status?: Partial<RollingUpgradeStatus>;
  /** Of the node that is being upgraded. */
  readonly change?: NodeChange;
  /** Milliseconds. */
  readonly requeueAfter?: number;
  readonly intents?: readonly Intent[];
}

/** Under way, and what it waits for. */
export function underWay(
  upgrade: RollingUpgrade,
  now: Date,
  reason: string,
  message: string,
  { status = {}, change = {}, requeueAfter = lookAgain, intents = [] }: Further = {},
): Plan {
  const nodes = withNode(status.nodes ?? upgrade.status?.nodes, upgrade.status?.current?.node, change, now);
  const fields: Partial<RollingUpgradeStatus> = {
    ...status,
    phase: 'Running',
    ...(nodes === undefined ? {} : { nodes }),
  };
  const next = reports.progress(upgrade, now, fields, reason, message);
  return { intents, status: next, requeueAfter };
}

/** Held up by something that somebody has to put right; it goes on by itself then. */
export function heldUp(upgrade: RollingUpgrade, now: Date, reason: string, message: string, held = message): Plan {
  const { status, event } = reports.hindered(upgrade, now, reason, message);
  const nodes = withNode(status.nodes, status.current?.node, { blockedBy: held }, now);
  return {
    intents: [],
    status: { ...status, message: truncate(message, 1024), ...(nodes === undefined ? {} : { nodes }) },
    requeueAfter: lookAgainLater,
    ...(event === undefined ? {} : { event }),
  };
}

/** The search cluster cannot be asked. Nothing is done on doubt. */
export function hidden(upgrade: RollingUpgrade, now: Date, trouble: OutsideTrouble): Plan {
  const { reason, message, forSomebody } = trouble;
  return forSomebody
    ? heldUp(upgrade, now, reason, message)
    : underWay(upgrade, now, reason, message, { change: { blockedBy: message } });
}

/** The next step of the node that is being upgraded. */
export function toStep(
  upgrade: RollingUpgrade,
  step: RollingUpgradeCurrent['step'],
  now: Date,
  message: string,
  { more = {}, ...others }: Further & { readonly more?: Partial<RollingUpgradeCurrent> } = {},
): Plan {
  const before = upgrade.status?.current ?? { node: '' };
  const current: RollingUpgradeCurrent = { ...before, step, since: rfc3339(now), ...more };
  const status: Partial<RollingUpgradeStatus> = { ...others.status, current };
  return underWay(upgrade, now, step, message, { requeueAfter: 50, ...others, status });
}
