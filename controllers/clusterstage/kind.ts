import { clusterStages } from '../../crds/types/clusterstage.ts';
import { ServerReadiness } from '../../kube/readiness.ts';
import type { Kind } from '../kind.ts';
import { makeClusterObject } from './cluster-object.ts';
import { addClusterStage } from './controller.ts';
import { finalizer } from './finalizers.ts';

export const clusterStage: Kind = {
  name: 'clusterstage',
  settings: {
    node: {
      variable: 'FLEETWRIGHT_NODE',
      value: 'NAME',
      fallback: '',
      help: 'the node that this process runs on, so that it goes out of service last',
    },
  },
  objects: clusterStages,
  finalizers: [finalizer],
  startErrors: [],
  configure: (read) => ({
    name: 'clusterstage',
    facts: { node: read.optional('node') },
    async open({ manager, transport, events, clock, claims, watchNamespace, log }) {
      // Pods of all namespaces have to be seen and moved to empty a node.
      if (watchNamespace !== undefined) {
        log.info('ClusterStages are left alone: these controllers look after one namespace only');
        return;
      }
      const readiness = new ServerReadiness(transport);
      addClusterStage(manager, {
        events,
        clock,
        claims,
        serverTrouble: async (now) => readiness.trouble(now),
        ownNode: read.optional('node'),
      });
      manager.whileLeading((signal) => makeClusterObject(manager.client, log, signal));
    },
  }),
};
