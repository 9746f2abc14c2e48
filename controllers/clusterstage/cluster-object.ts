import type { Logger } from 'pino';

import { clusterStageName } from '../../crds/labels.ts';
import { clusterStages, type ClusterStage } from '../../crds/types/clusterstage.ts';
import { pause } from '../../kube/backoff.ts';
import type { Client } from '../../kube/client.ts';
import { AlreadyExistsError } from '../../kube/errors.ts';
import { lastAppliedAnnotation } from '../../kube/objects.ts';

/** Milliseconds. */
const tryAgain = 30_000;

const made: ClusterStage = {
  apiVersion: 'fleetwright.io/v1alpha1',
  kind: 'ClusterStage',
  metadata: { name: clusterStageName },
  spec: { scope: 'Cluster', stage: 'running' },
};

/**
 * Makes the ClusterStage of the whole cluster where there is none: a cluster is always in a stage, and its storage is
 * told there. Somebody who deletes it meant to; it comes back with the next start of the controllers.
 *
 * It says that it was applied by kubectl: else the first `kubectl apply` of somebody warns that it was not.
 */
export async function makeClusterObject(client: Client, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const annotations = { [lastAppliedAnnotation]: JSON.stringify(made) };
      await client.create(clusterStages, { ...made, metadata: { ...made.metadata, annotations } });
      return;
    } catch (error) {
      if (error instanceof AlreadyExistsError) return;
      log.warn({ err: error }, 'the ClusterStage of the whole cluster cannot be made; trying again');
      await pause(tryAgain, signal);
    }
  }
}
