/*
 * What `make bench` measures beside `kubectl drain`: the controller of ClusterStages as a product runs it. That of
 * AgentTasks is left out, since the tasks of an upgrade are no part of a drain: the driver lets each succeed at once.
 */
import { parseArgs } from 'node:util';

import { addClusterStage } from '../../../controllers/clusterstage/controller.ts';
import { openClaims } from '../../../controllers/shared/open-claims.ts';
import { systemClock } from '../../../kube/clock.ts';
import { EventRecorder } from '../../../kube/events.ts';
import { runManager } from '../run-manager.ts';

const { values } = parseArgs({ options: { namespace: { type: 'string', default: 'default' } } });
const { namespace } = values;

await runManager({ name: 'stage-manager', namespace }, ({ manager, client, identity, log }) => {
  const events = new EventRecorder(client, { controller: 'fleetwright.io/controllers', instance: identity, log });
  addClusterStage(manager, {
    events,
    clock: systemClock,
    claims: openClaims(manager, { namespace }),
    // None of the nodes is of the control plane, or ours.
    serverTrouble: async () => undefined,
    ownNode: undefined,
  });
  return events;
});
