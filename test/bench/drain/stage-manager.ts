/*
 * What `make bench` measures beside `kubectl drain`: the controller of ClusterStages as a product runs it. That of
 * AgentTasks is left out, since the tasks of an upgrade are no part of a drain: the driver lets each succeed at once.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';

import { pino } from 'pino';

import { addClusterStage } from '../../../controllers/clusterstage/controller.ts';
import { openClaims } from '../../../controllers/shared/open-claims.ts';
import { KubeClient } from '../../../kube/client.ts';
import { systemClock } from '../../../kube/clock.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { EventRecorder } from '../../../kube/events.ts';
import { Manager } from '../../../kube/manager.ts';
import { RuntimeMetrics } from '../../../kube/metrics.ts';
import { Transport } from '../../../kube/transport.ts';

const { values } = parseArgs({ options: { namespace: { type: 'string', default: 'default' } } });
const { namespace } = values;

const log = pino({ name: 'stage-manager' }, pino.destination({ sync: true }));
const metrics = new RuntimeMetrics();
const transport = new Transport(new Credentials(() => loadKubeConfig()), { onAnswer: metrics.answered });
const client = new KubeClient(transport, { fieldManager: 'stage-manager' });
const identity = `${hostname()}_${randomBytes(4).toString('hex')}`;
const manager = new Manager({
  client,
  log,
  metrics,
  leaderElection: { namespace, name: 'stage-manager', identity },
  health: { port: 0, host: '127.0.0.1' },
});
const events = new EventRecorder(client, { controller: 'fleetwright.io/controllers', instance: identity, log });
addClusterStage(manager, {
  events,
  clock: systemClock,
  claims: openClaims(manager, { namespace }),
  // None of the nodes is of the control plane, or ours.
  serverTrouble: async () => undefined,
  ownNode: undefined,
});

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
try {
  await manager.run(stop.signal);
} catch (error) {
  log.fatal({ err: error }, 'manager ended');
  process.exitCode = 1;
} finally {
  await events.close();
  await transport.close();
}
