import type { Logger } from 'pino';

import { clusterStageName } from '../../crds/labels.ts';
import { clusterStages } from '../../crds/types/clusterstage.ts';
import { pause } from '../../kube/backoff.ts';
import type { Client } from '../../kube/client.ts';
import { AlreadyExistsError } from '../../kube/errors.ts';

/** Milliseconds. */
const tryAgain = 30_000;

/**
 * Makes the ClusterStage of the whole cluster where there is none: a cluster is always in a stage, and its storage is
 * told there. Somebody who deletes it meant to; it comes back with the next start of the controllers.
 */
export async function makeClusterObject(client: Client, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await client.create(clusterStages, {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'ClusterStage',
        metadata: { name: clusterStageName },
        spec: { scope: 'Cluster', stage: 'running' },
      });
      return;
    } catch (error) {
      if (error instanceof AlreadyExistsError) return;
      log.warn({ err: error }, 'the ClusterStage of the whole cluster cannot be made; trying again');
      await pause(tryAgain, signal);
    }
  }
}
