import type { RollingUpgrade, RollingUpgradeNode } from '../../crds/types/rollingupgrade.ts';
import type { Column, Parts, Row } from '../kind.ts';
import { fromSeconds, toSeconds } from '../times.ts';

/** By the field that they hold, so that a field that the definition gets is not forgotten. Times are seconds. */
const columns = {
  name: { name: 'word' },
  host: { host: 'word' },
  role: { role: 'word' },
  version: { version: 'word' },
  status: { status: 'word' },
  updatedDate: { updated: 'integer' },
  task: { task: 'text' },
  blockedBy: { blocked: 'text' },
} as const satisfies Record<keyof RollingUpgradeNode, Readonly<Record<string, Column>>>;

/** How far each node came. */
export const nodeParts: Parts<RollingUpgrade> = {
  tables: {
    node: Object.fromEntries(Object.values(columns).flatMap((each): [string, Column][] => Object.entries(each))),
  },
  detach(upgrade) {
    const { nodes = [], ...status } = upgrade.status ?? {};
    return nodes.length === 0
      ? { object: upgrade, rows: {} }
      : { object: { ...upgrade, status }, rows: { node: nodes.map(toRow) } };
  },
  attach(upgrade, { node: rows = [] }) {
    return rows.length === 0 ? upgrade : { ...upgrade, status: { ...upgrade.status, nodes: rows.map(fromRow) } };
  },
};

/** Changes when a node begins, has the new version, or ends the upgrade. */
export function standOfNodes({ status }: RollingUpgrade): string {
  const nodes = (status?.nodes ?? []).map((node) => `${node.name} ${node.status} ${node.version}`);
  return [status?.current?.step, ...nodes].join();
}

function toRow({ name, host, role, version, status, updatedDate, task, blockedBy }: RollingUpgradeNode): Row {
  return { name, host, role, version, status, updated: toSeconds(updatedDate), task, blocked: blockedBy };
}

function fromRow(row: Row): RollingUpgradeNode {
  const { name, host, role, version, status, updated, task, blocked } = row;
  return {
    name: String(name),
    host: String(host),
    role: String(role) as RollingUpgradeNode['role'],
    version: String(version),
    status: String(status) as RollingUpgradeNode['status'],
    updatedDate: fromSeconds(Number(updated)),
    ...(task === undefined ? {} : { task: String(task) }),
    ...(blocked === undefined ? {} : { blockedBy: String(blocked) }),
  };
}
