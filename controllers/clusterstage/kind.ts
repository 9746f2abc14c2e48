import { clusterStages } from '../../crds/types/clusterstage.ts';
import type { Kind } from '../kind.ts';
import { makeClusterObject } from './cluster-object.ts';
import { addClusterStage } from './controller.ts';
import { finalizer } from './finalizers.ts';

export const clusterStage: Kind = {
  name: 'clusterstage',
  settings: {},
  objects: clusterStages,
  finalizers: [finalizer],
  startErrors: [],
  configure: () => ({
    name: 'clusterstage',
    facts: {},
    async open({ manager, events, clock, claims, watchNamespace, log }) {
      // Pods of all namespaces have to be seen and moved to empty a node.
      if (watchNamespace !== undefined) {
        log.info('ClusterStages are left alone: these controllers look after one namespace only');
        return;
      }
      addClusterStage(manager, { events, clock, claims });
      manager.whileLeading((signal) => makeClusterObject(manager.client, log, signal));
    },
  }),
};
