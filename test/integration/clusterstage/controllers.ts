import { afterAll, beforeAll } from 'vitest';

import { localPlace } from '../../../controllers/agenttask/run/places.ts';
import { addAgentTask } from '../../../controllers/agenttask/controller.ts';
import { addClusterStage } from '../../../controllers/clusterstage/controller.ts';
import { openClaims } from '../../../controllers/shared/open-claims.ts';
import type { Client } from '../../../kube/client.ts';
import { systemClock } from '../../../kube/clock.ts';
import { startController } from '../../harness/controller.ts';
import type { Running } from '../../harness/crash.ts';
import type { Steps } from '../../harness/steps.ts';
import { openRuns, playedRuns, type Runs } from '../agenttask/crash/runs.ts';
import { systemNamespace, type StageCluster } from './cluster.ts';

/** The controllers, in this process, for the tests of a file that follow. Their tasks are played. */
export function stageControllers(cluster: StageCluster): Runs {
  const runs = playedRuns('', { shell: 'true', played: () => ({ lasts: 0.5 }) });
  let controllers: Running | undefined;
  beforeAll(async () => {
    controllers = await startControllers(cluster.client, cluster.client, runs);
  });
  afterAll(async () => {
    await controllers?.stop();
    runs.close();
  });
  return runs;
}

/** Starts the controllers of ClusterStages and AgentTasks in this process. @param namespace of their claims */
export function startControllers(
  client: Client,
  untroubled: Client,
  runs: Runs,
  namespace = systemNamespace,
  steps?: Steps,
): Promise<Running> {
  return startController(client, untroubled, async ({ manager, events, log }) => {
    const executor = await openRuns(runs, steps);
    const claims = openClaims(manager, { client, namespace });
    const common = { client, events, clock: systemClock, claims };
    addAgentTask(manager, {
      ...common,
      places: [localPlace(executor, 4)],
      log,
      systemNamespace: namespace,
      limits: { maxOutputBytes: 1_000_000 },
    });
    addClusterStage(manager, { ...common, serverTrouble: async () => undefined, ownNode: undefined });
  });
}
