/* The schemas describe the API (see ../openapi); what a call holds is read in body.ts, in the words of the document. */

const progress = {
  type: 'object',
  required: ['name', 'nodeCount', 'versionVo', 'nodeStatusVoList'],
  properties: {
    name: { type: 'string', description: 'the name of the cluster' },
    nodeCount: { type: 'integer', description: 'how many nodes the cluster has' },
    versionVo: {
      type: 'object',
      required: ['currentVersionCode', 'targetVersionCode', 'actionDate'],
      properties: {
        currentVersionCode: {
          type: ['string', 'null'],
          description: 'the version before the upgrade, without dots; null while the cluster was not looked at yet',
        },
        targetVersionCode: { type: 'string', description: 'the version after it' },
        actionDate: { type: 'string', description: 'when the upgrade was asked for, yyyy-MM-dd HH:mm:ss' },
      },
    },
    nodeStatusVoList: {
      type: 'array',
      items: {
        type: 'object',
        required: ['hostname', 'status', 'nodeRoleCode', 'updatedDate'],
        properties: {
          hostname: { type: 'string', description: 'the node' },
          status: {
            type: 'string',
            description: 'running: not touched yet; Upgrade_OpenSearch: under way; complete; failed',
          },
          nodeRoleCode: { type: 'string', description: 'M: manager; D: data; O: neither' },
          updatedDate: { type: 'string', description: 'when its status last changed' },
        },
      },
    },
  },
} as const;

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

const body = {
  type: 'object',
  description: 'the body is a JSON object with serviceGroupInstanceNo',
  properties: {
    serviceGroupInstanceNo: {
      type: ['string', 'integer', 'null'],
      description: 'the number of the cluster; ServiceGroupInstanceNo is taken for it too',
    },
    regionNo: { type: ['string', 'integer', 'null'], description: 'taken, and not looked at' },
  },
  examples: [{ serviceGroupInstanceNo: '3427188' }],
} as const;

const answer = {
  description: 'Done.',
  type: 'object',
  required: ['code', 'message', 'result', 'requestId'],
  properties: {
    code: { type: 'integer', const: 0 },
    message: { type: 'string', const: 'SUCCESS' },
    result: progress,
    requestId: { type: 'string', description: 'the id of the call in the log of the facade' },
  },
} as const;

/** @param region of the path, as in its name */
export function progressSchema(region: string): object {
  return {
    operationId: `getRollingUpgradeProgress${region}`,
    tags: ['ses'],
    summary: 'Report on the upgrade of a search cluster',
    description: 'Says how far the latest upgrade of a cluster is, node by node.',
    body,
    response: {
      200: answer,
      400: failure('The call cannot be understood.'),
      401: failure('The call is not signed, or not as it has to be.'),
      403: failure('The Kubernetes user behind the access key may not do this.'),
      404: failure('There is no upgrade of this cluster, or no such call.'),
      413: failure('The body is too large.'),
      429: failure('Too many calls. The header Retry-After says, in seconds, when to call again.'),
      500: failure('The operator has to put something right.'),
      503: failure('Not possible at the moment. The header Retry-After says, in seconds, when to call again.'),
    },
  };
}
