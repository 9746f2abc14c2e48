import {
  rollingUpgrades,
  type RollingUpgrade,
  type RollingUpgradePhase,
  type RollingUpgradeStatus,
} from '../../crds/types/rollingupgrade.ts';
import type { HistoryKind } from '../kind.ts';
import { nodeParts, standOfNodes } from './nodes.ts';

const finished: ReadonlySet<RollingUpgradePhase | undefined> = new Set(['Succeeded', 'Failed', 'Stopped']);

/** The field by which the upgrades of a search cluster are found. */
export const numberField = 'serviceGroupInstanceNo';

/** A RollingUpgrade: takes a search cluster to a version once, node by node. */
export const rollingUpgradeHistory: HistoryKind<RollingUpgrade> = {
  type: rollingUpgrades,
  recordPer: 'object',
  isOver: ({ status }) => finished.has(status?.phase),
  startedAt: ({ status }) => status?.startTime,
  endedAt: ({ status }) => status?.completionTime,
  phaseOf: ({ status }) => status?.phase,
  progressOf: standOfNodes,
  slim(upgrade) {
    const { hosts } = upgrade.spec.members;
    const { variables: _, ...taskTemplate } = hosts.taskTemplate;
    return { ...upgrade, spec: { ...upgrade.spec, members: { hosts: { ...hosts, taskTemplate } } } };
  },
  shrink({ spec, status, ...upgrade }) {
    const { serviceGroupInstanceNo, targetVersion } = spec;
    // The definition wants them; they are empty, since where the nodes were is a detail.
    const engine = { openSearch: { endpoints: [] } };
    const members = { hosts: { nodes: [], taskTemplate: { jobRef: { name: '' } } } };
    return { ...upgrade, spec: { serviceGroupInstanceNo, targetVersion, engine, members }, status: keptOf(status) };
  },
  // One that only tries what would be done, or was taken back before it began, has no progress to ask for.
  fields: ({ spec, status }) =>
    spec.dryRun === true || (status?.startTime ?? status?.completionTime) === undefined
      ? {}
      : { [numberField]: spec.serviceGroupInstanceNo },
  parts: nodeParts,
};

/** From which version the upgrade came, how it ended, and when. */
function keptOf(status: RollingUpgradeStatus = {}): RollingUpgradeStatus {
  const kept = ['phase', 'clusterName', 'currentVersion', 'nodeCount', 'startTime', 'completionTime'] as const;
  const fields: Partial<Pick<RollingUpgradeStatus, (typeof kept)[number]>> = {};
  for (const name of kept) if (status[name] !== undefined) Object.assign(fields, { [name]: status[name] });
  return fields;
}
