import type { RollingUpgrade, RollingUpgradeNode } from '../../crds/types/rollingupgrade.ts';

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

/** @returns the progress of an upgrade in the words of the API. @param timeZone of its dates */
export function progressOf({ metadata, spec, status }: RollingUpgrade, timeZone: string): Progress {
  const date = dateIn(timeZone);
  const nodes = status?.nodes ?? [];
  return {
    name: status?.clusterName ?? metadata.name,
    nodeCount: status?.nodeCount ?? spec.members.hosts.nodes.length,
    versionVo: {
      currentVersionCode: status?.currentVersion === undefined ? null : codeOf(status.currentVersion),
      targetVersionCode: codeOf(spec.targetVersion),
      actionDate: date(metadata.creationTimestamp ?? ''),
    },
    nodeStatusVoList: nodes
      .toSorted((one, other) => roles.indexOf(one.role) - roles.indexOf(other.role))
      .map((node) => ({
        hostname: node.name,
        status: node.status,
        nodeRoleCode: node.role,
        updatedDate: date(node.updatedDate),
      })),
  };
}

/** 2.7.0 is 270, 2.11.1 is 2111. */
function codeOf(version: string): string {
  return version.replaceAll('.', '');
}

/** `yyyy-MM-dd HH:mm:ss` of the zone. */
function dateIn(timeZone: string): (time: string) => string {
  // Of all languages the one whose dates are written so.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  return (time) => (Number.isNaN(Date.parse(time)) ? '' : format.format(new Date(time)));
}
