import { isIP } from 'node:net';

import type { RollingUpgradeNode } from '../../crds/types/rollingupgrade.ts';
import { nameOf, nodesOf, versionIn, type Cluster, type ClusterNode } from './clusters.ts';
import { dateIn } from './dates.ts';
import type { PageAsked } from './page.ts';
import { codeOf, versionName } from './versions.ts';

/* Clusters in the words of the vendor's API, as far as this service knows what it tells. */

/** @returns a page of the clusters. @param timeZone of its dates */
export function clusterPage(clusters: readonly Cluster[], asked: PageAsked, timeZone: string): object {
  const { pageNo, pageSize, inputText, vpcName } = asked;
  // They are in no network that is known here.
  const found = vpcName === '' ? clusters.filter((cluster) => nameOf(cluster).includes(inputText)) : [];
  const totalPage = Math.ceil(found.length / pageSize);
  return {
    currentPage: pageNo,
    pageSize,
    totalCount: found.length,
    totalPage,
    isFirst: pageNo === 1,
    isLast: pageNo >= totalPage,
    allowedClusters: found
      .slice((pageNo - 1) * pageSize, pageNo * pageSize)
      .map((cluster) => inList(cluster, timeZone)),
    disallowedClusters: [],
  };
}

function inList(cluster: Cluster, timeZone: string): object {
  const version = versionIn(cluster);
  return {
    ...commonOf(cluster, timeZone),
    searchEngineStatus: statusOf(cluster),
    searchEngineVersion: version === undefined ? null : versionName(version),
  };
}

/** A cluster with its nodes. @param timeZone of its dates */
export function clusterInfo(cluster: Cluster, timeZone: string): object {
  const version = versionIn(cluster);
  return {
    ...commonOf(cluster, timeZone),
    searchEngineVersionCode: version === undefined ? null : codeOf(version),
    searchEnginePort: portOf(cluster),
    clusterNodeList: nodesOf(cluster).map((node) => ({
      computeInstanceName: node.name,
      computeInstanceNo: node.number,
      nodeType: node.role ?? null,
      serverStatus: nodeStatusOf(node),
      ...addressOf(node),
    })),
  };
}

/** The nodes of a cluster. @param timeZone of its dates */
export function clusterNodes(cluster: Cluster, timeZone: string): object {
  const number = asInteger(cluster.number);
  const { creationTimestamp = '' } = cluster.description.metadata;
  const made = dateIn(timeZone)(creationTimestamp);
  return {
    serviceGroupInstanceNo: number,
    serviceGroupName: nameOf(cluster),
    statusCode: statusOf(cluster),
    createdDate: {
      formattedDate: made.slice(0, 10),
      formattedDateTime: `${made} 000000`,
      utc: Date.parse(creationTimestamp),
    },
    computeList: nodesOf(cluster).map((node) => ({
      computeInstanceNo: node.number,
      computeInstanceStatus: nodeStatusOf(node),
      hostName: node.name,
      nodeRoleCode: node.role ?? null,
      serviceGroupInstanceNo: number,
      ...addressOf(node),
    })),
  };
}

/** @returns versions in the words of the API */
export function versionList(versions: readonly string[]): object {
  return {
    searchEngineVersionList: versions.map((version) => ({
      searchEngineVersionCode: codeOf(version),
      searchEngineVersionName: versionName(version),
      searchEngineDashboardVersionName: `OpenSearch Dashboards ${version}`,
      type: 'OpenSearch',
    })),
  };
}

function commonOf(cluster: Cluster, timeZone: string): object {
  const roles = (cluster.seen.status?.nodes ?? []).map(({ role }) => role);
  const count = (wanted: RollingUpgradeNode['role']): number => roles.filter((role) => role === wanted).length;
  return {
    clusterName: nameOf(cluster),
    clusterStatus: statusOf(cluster),
    createDate: dateIn(timeZone)(cluster.description.metadata.creationTimestamp),
    dataNodeCount: count('D'),
    managerNodeCount: count('M'),
    serviceGroupInstanceNo: cluster.number,
  };
}

function statusOf({ open }: Cluster): string {
  return open === undefined ? 'running' : 'changing';
}

function nodeStatusOf({ status }: ClusterNode): string {
  if (status === 'Upgrade_OpenSearch') return 'changing';
  return status === 'failed' ? 'failed' : 'running';
}

/** Where a machine is called by a name, its address is not known here. */
function addressOf({ host }: ClusterNode): { readonly privateIp?: string } {
  return isIP(host) === 0 ? {} : { privateIp: host };
}

function portOf({ description }: Cluster): string | null {
  const url = URL.parse(description.spec.engine.openSearch.endpoints[0] ?? '');
  if (url === null) return null;
  return url.port === '' ? ({ 'http:': '80', 'https:': '443' }[url.protocol] ?? null) : url.port;
}

/** What no number holds exactly stays a text. */
function asInteger(number: string): number | string {
  return Number.isSafeInteger(Number(number)) ? Number(number) : number;
}
