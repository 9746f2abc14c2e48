import type { RollingUpgrade, RollingUpgradeNode } from '../../crds/types/rollingupgrade.ts';
import { dateIn } from './dates.ts';
import { codeOf } from './versions.ts';

/** Of the document's GetRollingUpgradeProgressResponseVo. */
export interface Progress {
  readonly name: string;
  readonly nodeCount: number;
  readonly versionVo: {
    readonly currentVersionCode: string | null;
    readonly targetVersionCode: string;
    readonly actionDate: string;
  };
  readonly nodeStatusVoList: readonly {
    readonly hostname: string;
    readonly status: string;
    readonly nodeRoleCode: string;
    readonly updatedDate: string;
  }[];
}

/** As in the document's sample: managers first. */
const roles: readonly RollingUpgradeNode['role'][] = ['M', 'D', 'O'];

/** @returns the nodes, managers first, else in their order */
function inOrder(nodes: readonly RollingUpgradeNode[]): readonly RollingUpgradeNode[] {
  return nodes.toSorted((one, other) => roles.indexOf(one.role) - roles.indexOf(other.role));
}

/** @returns the progress of an upgrade in the words of the API. @param timeZone of its dates */
export function progressOf({ metadata, spec, status }: RollingUpgrade, timeZone: string): Progress {
  const date = dateIn(timeZone);
  return {
    name: status?.clusterName ?? metadata.name,
    nodeCount: status?.nodeCount ?? spec.members.hosts.nodes.length,
    versionVo: {
      currentVersionCode: status?.currentVersion === undefined ? null : codeOf(status.currentVersion),
      targetVersionCode: codeOf(spec.targetVersion),
      actionDate: date(metadata.creationTimestamp),
    },
    nodeStatusVoList: inOrder(status?.nodes ?? []).map((node) => ({
      hostname: node.name,
      status: node.status,
      nodeRoleCode: node.role,
      updatedDate: date(node.updatedDate),
    })),
  };
}
