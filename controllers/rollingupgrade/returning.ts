import type { RollingUpgrade, RollingUpgradeCurrent } from '../../crds/types/rollingupgrade.ts';
import { beginEnding } from './ending.ts';
import type { ClusterLook } from './engine/engine.ts';
import type { Plan } from './intents.ts';
import { toStep, underWay } from './reports.ts';

/** Its task has replaced the software of the node, which is to come back now. */
export function waitForReturn(
  upgrade: RollingUpgrade,
  current: RollingUpgradeCurrent,
  look: ClusterLook,
  now: Date,
): Plan {
  const { targetVersion, healthTimeoutSeconds = 600 } = upgrade.spec;
  const absence = absenceOf(current, look, targetVersion);
  if (absence === undefined)
    return toStep(upgrade, 'Restoring', now, `node ${current.node} is back with ${targetVersion}`, {
      change: { version: targetVersion },
      more: returnedAs(current, look),
    });
  if (now.getTime() - Date.parse(current.since) < healthTimeoutSeconds * 1000)
    return underWay(upgrade, now, 'Returning', absence, { change: { blockedBy: absence } });
  const message = `${absence}, ${healthTimeoutSeconds} s after its task had ended well (spec.healthTimeoutSeconds)`;
  const ending = { phase: 'Failed', reason: 'NodeNotBack', message } as const;
  return beginEnding(upgrade, now, ending, { status: 'failed', blockedBy: absence });
}

/** By this its next start is told from this one. */
function returnedAs({ node }: RollingUpgradeCurrent, { nodes }: ClusterLook): Partial<RollingUpgradeCurrent> {
  const found = nodes.find(({ name }) => name === node);
  return found === undefined ? {} : { returnedID: found.ephemeralID };
}

/**
 * Neither health nor a count tells that a node is back: its process must be another, and its version the new one.
 * @returns what is not so yet; undefined when the node is back
 */
export function absenceOf(
  { node, ephemeralID }: RollingUpgradeCurrent,
  { nodes }: ClusterLook,
  targetVersion: string,
): string | undefined {
  const found = nodes.find(({ name }) => name === node);
  if (found === undefined) return `node ${node} is not back in the cluster`;
  if (found.ephemeralID === ephemeralID)
    return `node ${node} is the process that it was before its task: it was not restarted`;
  if (found.version === targetVersion) return undefined;
  return `node ${node} is back with ${found.version ?? 'a version that it does not tell'}, not with ${targetVersion}`;
}
