import type { RollingUpgrade, RollingUpgradeStatus } from '../../crds/types/rollingupgrade.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import { nameOfChild } from '../shared/children/naming.ts';
import { beginEnding } from './ending.ts';
import type { Plan } from './intents.ts';
import type { Observed, Seen } from './observe.ts';
import { isYoungEnough } from './preflight/snapshots.ts';
import { underWay } from './reports.ts';

/** Milliseconds between two looks at a snapshot that is being taken. */
const whileTaken = 5000;

/** @returns for the status, when an upgrade starts: which snapshot is to be taken first */
export function snapshotToTake(
  { upgrade, sight }: Pick<Observed, 'upgrade' | 'sight'>,
  now: Date,
): Pick<RollingUpgradeStatus, 'snapshotTaken'> {
  const { snapshot } = upgrade.spec;
  const latest = sight.is === 'seen' ? sight.survey?.snapshots?.latest : undefined;
  if (snapshot?.take !== true || isYoungEnough(snapshot, latest, now)) return {};
  return { snapshotTaken: { name: nameOfChild(upgrade, 'snapshot') } };
}

/** No node is touched before the snapshot is whole. */
export function takeSnapshot(upgrade: RollingUpgrade, { snapshotState }: Seen, now: Date): Plan | undefined {
  const { snapshot: asked } = upgrade.spec;
  const { snapshotTaken: snapshot } = upgrade.status ?? {};
  if (asked === undefined || snapshot === undefined || snapshot.completionTime !== undefined) return undefined;
  const { repository } = asked;
  const { name } = snapshot;
  switch (snapshotState) {
    case undefined:
      return underWay(upgrade, now, 'Snapshot', `snapshot ${name} is begun in repository ${repository}`, {
        intents: [{ do: 'takeSnapshot', repository, name, because: 'nothing else leads back to the old version' }],
      });
    case 'IN_PROGRESS':
      return underWay(upgrade, now, 'Snapshot', `snapshot ${name} is being taken into repository ${repository}`, {
        requeueAfter: whileTaken,
      });
    case 'SUCCESS':
      return underWay(upgrade, now, 'Running', `snapshot ${name} is taken`, {
        status: { snapshotTaken: { ...snapshot, completionTime: rfc3339(now) } },
        requeueAfter: 50,
      });
    default: {
      const message = `snapshot ${name} in repository ${repository} is ${snapshotState}, and no node was touched`;
      return beginEnding(upgrade, now, { phase: 'Failed', reason: 'SnapshotFailed', message });
    }
  }
}
