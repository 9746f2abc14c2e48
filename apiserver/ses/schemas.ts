import { clusterInfo, clusterList, nodeList, progress, versionList, yes } from './results.ts';

/* The schemas describe the API (see ../openapi); what a call holds is read by hand, in the words of the document. */

/** The calls of this API. */
export type SesCall = keyof typeof calls;

const number = {
  type: ['string', 'integer', 'null'],
  description: 'the number of the cluster; ServiceGroupInstanceNo is taken for it too',
};
const regionNo = { type: ['string', 'integer', 'null'], description: 'taken, and not looked at' };

const clusterBody = {
  type: 'object',
  description: 'the body is a JSON object with serviceGroupInstanceNo',
  properties: { serviceGroupInstanceNo: number, regionNo },
  examples: [{ serviceGroupInstanceNo: '3427188' }],
};

const upgradeBody = {
  type: 'object',
  description: 'the body is a JSON object with serviceGroupInstanceNo and targetVersionCode',
  properties: {
    serviceGroupInstanceNo: number,
    targetVersionCode: {
      type: ['string', 'integer', 'null'],
      description: 'the version that the cluster is to have, without dots, for example 290',
    },
    regionNo,
  },
  examples: [{ serviceGroupInstanceNo: '3427188', targetVersionCode: '290' }],
};

const params = {
  type: 'object',
  required: ['serviceGroupInstanceNo'],
  properties: { serviceGroupInstanceNo: { type: 'string', description: 'the number of the cluster' } },
};

const querystring = {
  type: 'object',
  properties: {
    inputText: { type: 'string', description: 'a part of the name of the clusters; empty: all' },
    vpcName: { type: 'string', description: 'clusters are in no network that is known here: any name finds none' },
    pageNo: { type: 'string', description: 'from 1 on, which is the default' },
    pageSize: { type: 'string', description: 'clusters on a page, 1 to 1000; by default 10' },
  },
};

const calls = {
  getRollingUpgradeProgress: {
    summary: 'Report on the upgrade of a search cluster',
    description: 'Says how far the latest upgrade of a cluster is, node by node.',
    body: clusterBody,
    result: progress,
  },
  rollingUpgradePreCheck: {
    summary: 'See whether a search cluster can be upgraded',
    description: 'Has the cluster looked at, and says what stands against an upgrade. Nothing is changed.',
    body: upgradeBody,
    result: yes,
  },
  rollingUpgradeCluster: {
    summary: 'Upgrade a search cluster',
    description: 'Begins an upgrade of a cluster that is described, unless something stands against it.',
    body: upgradeBody,
    result: yes,
  },
  getClusterInfoList: {
    summary: 'List the search clusters',
    description: 'Lists the clusters that are described, page by page.',
    querystring,
    result: clusterList,
  },
  getClusterInfo: {
    summary: 'A search cluster',
    description: 'Tells of a cluster and its nodes.',
    params,
    result: clusterInfo,
  },
  getClusterNodeList: {
    summary: 'The nodes of a search cluster',
    description: 'Lists the nodes of a cluster.',
    params,
    result: nodeList,
  },
  getSearchEngineVersionList: {
    summary: 'The versions that there are',
    description: 'Lists the versions that can be asked for or, where the operator has set none, those of the clusters.',
    result: versionList,
  },
};

const failure = (description: string): object => ({
  description,
  type: 'object',
  properties: {
    error: {
      type: 'object',
      description: 'of the gateway: who calls, and whether there is such a call',
      required: ['errorCode', 'message', 'details'],
      properties: {
        errorCode: { type: 'string' },
        message: { type: 'string' },
        details: { type: 'string', description: 'what is wrong, and what to do' },
      },
    },
    code: { type: 'integer', description: 'of the service: the HTTP status' },
    message: { type: 'string', description: 'of the service: what is wrong' },
    result: { type: 'null' },
    requestId: { type: 'string' },
  },
});

const failures = {
  400: failure('The call cannot be understood, or what it asks for cannot be done now.'),
  401: failure('The call is not signed, or not as it has to be.'),
  403: failure('The Kubernetes user behind the access key may not do this, or the stage of the cluster forbids it.'),
  404: failure('There is no such cluster, or no upgrade of it, or no such call.'),
  413: failure('The body is too large.'),
  429: failure('Too many calls. The header Retry-After says, in seconds, when to call again.'),
  500: failure('The operator has to put something right.'),
  503: failure('Not possible at the moment. The header Retry-After says, in seconds, when to call again.'),
};

/** @param region of the path, as in its name */
export function sesSchema(name: SesCall, region: string): object {
  const { result, ...call } = calls[name];
  const answer = {
    description: 'Done.',
    type: 'object',
    required: ['code', 'message', 'result', 'requestId'],
    properties: {
      code: { type: 'integer', const: 0 },
      message: { type: 'string', const: 'SUCCESS' },
      result,
      requestId: { type: 'string', description: 'the id of the call in the log of the facade' },
    },
  };
  return { operationId: `${name}${region}`, tags: ['ses'], ...call, response: { 200: answer, ...failures } };
}
