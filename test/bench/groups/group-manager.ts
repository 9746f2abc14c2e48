/*
 * What `make bench` measures of tasks on groups: the controllers of both kinds as a product runs them, over runs that
 * are only played.
 */
import { parseArgs } from 'node:util';

import { addAgentTask } from '../../../controllers/agenttask/controller.ts';
import { localPlace } from '../../../controllers/agenttask/run/places.ts';
import { addDeployGroup } from '../../../controllers/deploygroup/controller.ts';
import { openClaims } from '../../../controllers/shared/open-claims.ts';
import { systemClock } from '../../../kube/clock.ts';
import { EventRecorder } from '../../../kube/events.ts';
import { runManager } from '../run-manager.ts';
import { PlayedExecutor } from './played-executor.ts';

const { values } = parseArgs({ options: { namespace: { type: 'string', default: 'default' } } });
const { namespace } = values;

// There is no other one to take over, and a machine that is busy with ten thousand hosts shall not end it.
const leaseDuration = 300_000;

await runManager({ name: 'group-manager', namespace, leaseDuration }, ({ manager, client, identity, log }) => {
  const events = new EventRecorder(client, { controller: 'fleetwright.io/controllers', instance: identity, log });
  const common = { events, clock: systemClock, systemNamespace: namespace };
  addDeployGroup(manager, common);
  addAgentTask(manager, {
    ...common,
    // None waits for another one.
    places: [localPlace(new PlayedExecutor(), 100_000)],
    log,
    claims: openClaims(manager, { namespace }),
    limits: { maxOutputBytes: 1_000_000 },
  });
  return events;
});
