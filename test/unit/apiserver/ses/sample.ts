import type { RollingUpgradeNode, RollingUpgradeStatus } from '../../../../crds/types/rollingupgrade.ts';

/* The samples of the API's document, and an upgrade that is answered so. */

export const paths = ['v2', 'sgn-v2', 'jpn-v2'].map((version) => `/api/${version}/cluster/getRollingUpgradeProgress`);
export const [path = ''] = paths;

/** What is sent. */
export const asked = { serviceGroupInstanceNo: '3427188' };

/** The headers of its curl line. Its secret key is not known; the first sample has the beginning of the signature. */
export const sampleHeaders = {
  'content-type': 'application/json',
  'x-ncp-iam-access-key': 'ANJNnR1jz1gUzaiS0aV2',
  'x-ncp-apigw-timestamp': '1709704983976',
  'x-ncp-apigw-signature-v2': 'XFS2MSpvTMQZNVTtvymIzMwNeQ/gs3vf1pjgzwOo2g8=',
};

/** When its upgrade was asked for. */
export const actionDate = '2024-03-06 15:01:14';

export const sampleResult = {
  name: 'sso-test-270',
  nodeCount: 5,
  versionVo: { currentVersionCode: '270', targetVersionCode: '290', actionDate },
  nodeStatusVoList: [
    { hostname: 'sso-test-270-m-1lv7', status: 'running', nodeRoleCode: 'M', updatedDate: '2024-03-05 21:14:49' },
    { hostname: 'sso-test-270-m-1lv8', status: 'running', nodeRoleCode: 'M', updatedDate: '2024-03-05 21:14:55' },
    { hostname: 'sso-test-270-d-1lv9', status: 'complete', nodeRoleCode: 'D', updatedDate: '2024-03-06 15:02:31' },
    {
      hostname: 'sso-test-270-d-1lva',
      status: 'Upgrade_OpenSearch',
      nodeRoleCode: 'D',
      updatedDate: '2024-03-06 15:02:31',
    },
    { hostname: 'sso-test-270-d-1lvb', status: 'running', nodeRoleCode: 'D', updatedDate: '2024-03-05 21:14:44' },
  ],
};

/** @param date in Korea, as the samples have theirs. @returns RFC 3339, as the API server writes times */
export function kst(date: string): string {
  return new Date(`${date.replace(' ', 'T')}+09:00`).toISOString().replace('.000Z', 'Z');
}

function node(
  name: string,
  role: RollingUpgradeNode['role'],
  status: RollingUpgradeNode['status'],
  date: string,
): RollingUpgradeNode {
  const version = status === 'complete' ? '2.9.0' : '2.7.0';
  return { name, host: name, role, version, status, updatedDate: kst(date) };
}

/** Nodes in another order than the sample has them in. */
const nodes = [
  node('sso-test-270-d-1lv9', 'D', 'complete', '2024-03-06 15:02:31'),
  node('sso-test-270-d-1lva', 'D', 'Upgrade_OpenSearch', '2024-03-06 15:02:31'),
  node('sso-test-270-d-1lvb', 'D', 'running', '2024-03-05 21:14:44'),
  node('sso-test-270-m-1lv7', 'M', 'running', '2024-03-05 21:14:49'),
  node('sso-test-270-m-1lv8', 'M', 'running', '2024-03-05 21:14:55'),
];

export const sampleNodes: readonly string[] = nodes.map(({ name }) => name);

/** Of the upgrade of the sample. */
export const sampleStatus: RollingUpgradeStatus = {
  phase: 'Running',
  clusterName: 'sso-test-270',
  currentVersion: '2.7.0',
  nodeCount: 5,
  nodes,
};
