/* What calls answer as their result, for the description of the API (see ../openapi). */

const text = (description: string): object => ({ type: 'string', description });
const maybe = (description: string): object => ({ type: ['string', 'null'], description });
const count = (description: string): object => ({ type: 'integer', description });
const truth = (description: string): object => ({ type: 'boolean', description });

/** @param optional names of properties that need not be there */
function whole(properties: Readonly<Record<string, object>>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', required, properties };
}

function listOf(items: object, description: string): object {
  return { type: 'array', description, items };
}

const role = 'M: manager; D: data; O: neither';
const unseen = 'null while the cluster was not looked at yet';

export const progress = whole({
  name: text('the name of the cluster'),
  nodeCount: count('how many nodes the cluster has'),
  versionVo: whole({
    currentVersionCode: maybe(`the version before the upgrade, without dots; ${unseen}`),
    targetVersionCode: text('the version after it'),
    actionDate: text('when the upgrade was asked for, yyyy-MM-dd HH:mm:ss'),
  }),
  nodeStatusVoList: listOf(
    whole({
      hostname: text('the node'),
      status: text('running: not touched yet; waiting: is held up; Upgrade_OpenSearch: under way; complete; failed'),
      nodeRoleCode: text(role),
      updatedDate: text('when its status last changed'),
    }),
    'its nodes, managers first',
  ),
});

/** Of a cluster, wherever it is told of. */
const cluster = {
  clusterName: text('what people call it'),
  clusterStatus: text('running, or changing while an upgrade of it waits or goes on'),
  createDate: text('when it was described here, yyyy-MM-dd HH:mm:ss'),
  dataNodeCount: count('nodes that hold data and cannot be the manager'),
  managerNodeCount: count('nodes that can be the manager'),
  serviceGroupInstanceNo: text('the number of the cluster'),
};

export const clusterList = whole({
  currentPage: count('the page that was asked for'),
  pageSize: count('clusters on a page'),
  totalCount: count('clusters that were found'),
  totalPage: count('pages that there are'),
  isFirst: truth('it is the first page'),
  isLast: truth('it is the last page'),
  allowedClusters: listOf(
    whole({
      ...cluster,
      searchEngineStatus: text('as clusterStatus'),
      searchEngineVersion: maybe(`for example OpenSearch 2.7.0; ${unseen}`),
    }),
    'the clusters, by their numbers',
  ),
  disallowedClusters: listOf({ type: 'object' }, 'always empty'),
});

const privateIp = text('the address of its machine; absent where that is called by a name');
const computeInstanceNo = count('from 1 on, by its place in the description of the cluster');

export const clusterInfo = whole({
  ...cluster,
  searchEngineVersionCode: maybe(`the oldest version of its nodes, without dots; ${unseen}`),
  searchEnginePort: maybe('of its first endpoint'),
  clusterNodeList: listOf(
    whole(
      {
        computeInstanceName: text('the node'),
        computeInstanceNo,
        nodeType: maybe(`${role}; ${unseen}`),
        serverStatus: text('running, changing or failed'),
        privateIp,
      },
      ['privateIp'],
    ),
    'its nodes',
  ),
});

const numberThere = { type: ['integer', 'string'], description: 'the number of the cluster; a text beyond 2^53' };

export const nodeList = whole({
  serviceGroupInstanceNo: numberThere,
  serviceGroupName: text('what people call the cluster'),
  statusCode: text('running, or changing'),
  createdDate: whole({
    formattedDate: text('yyyy-MM-dd'),
    formattedDateTime: text('yyyy-MM-dd HH:mm:ss SSSSSS'),
    utc: { type: ['integer', 'null'], description: 'milliseconds since 1970' },
  }),
  computeList: listOf(
    whole(
      {
        computeInstanceNo,
        computeInstanceStatus: text('running, changing or failed'),
        hostName: text('the node'),
        nodeRoleCode: maybe(`${role}; ${unseen}`),
        serviceGroupInstanceNo: numberThere,
        privateIp,
      },
      ['privateIp'],
    ),
    'its nodes',
  ),
});

export const versionList = whole({
  searchEngineVersionList: listOf(
    whole({
      searchEngineVersionCode: text('without dots, for example 290'),
      searchEngineVersionName: text('for example OpenSearch 2.9.0'),
      searchEngineDashboardVersionName: text('for example OpenSearch Dashboards 2.9.0'),
      type: text('OpenSearch'),
    }),
    'the oldest first',
  ),
});

export const yes = { type: 'boolean', const: true };
