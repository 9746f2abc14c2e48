import { controllers, facade, guardedForFile } from '../../../chart/guarded.ts';

const operations = {
  apiGroups: ['fleetwright.io'],
  resources: ['deploygroups', 'rollingupgrades', 'volumerecoveries'],
  verbs: ['create'],
};
const tasks = { apiGroups: ['fleetwright.io'], resources: ['agenttasks'], verbs: ['*'] };
const files = { apiGroups: [''], resources: ['configmaps'], verbs: ['*'] };
const marks = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['*'] };
const work = [
  files,
  marks,
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['*'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'update', 'patch', 'delete'] },
];
const pods = { apiGroups: [''], resources: ['pods'], verbs: ['create'] };

/**
 * The one control plane of all tests of the chart's policies: their users may do by RBAC what only the policies forbid.
 */
export const site = guardedForFile({
  values: { executors: ['job', 'local'], policies: { exemptUsers: ['break-glass'] } },
  rights: {
    'ann,break-glass,deployer': [tasks, ...work],
    deployer: [pods],
    [`ann,break-glass,${controllers}`]: [operations],
    'tenant,stranger': [tasks],
    [`${controllers},${facade}`]: [tasks, files, marks],
    [controllers]: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }],
  },
});
