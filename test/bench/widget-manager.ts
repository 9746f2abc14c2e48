/*
 * The manager that `make bench` measures: kube/ as a product runs it, with leader election, metrics, health, the guard
 * against acting on a cache that lags behind our own writes, and logging. peer/ is its counterpart in Go.
 */
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';

import { pino } from 'pino';

import { KubeClient } from '../../kube/client.ts';
import { setConditions } from '../../kube/conditions.ts';
import { Credentials, loadKubeConfig } from '../../kube/credentials.ts';
import { Manager } from '../../kube/manager.ts';
import { RuntimeMetrics } from '../../kube/metrics.ts';
import { OwnWrites } from '../../kube/ownwrites.ts';
import { patchStatus } from '../../kube/status.ts';
import { Transport } from '../../kube/transport.ts';
import { isReady, widgets } from './widget.ts';

const { values } = parseArgs({
  options: {
    'health-port': { type: 'string', default: '0' },
    'lease-namespace': { type: 'string', default: 'default' },
    workers: { type: 'string', default: '10' },
  },
});

const log = pino({ name: 'widget-manager' }, pino.destination({ sync: true }));
const metrics = new RuntimeMetrics();
const transport = new Transport(new Credentials(() => loadKubeConfig()), { onAnswer: metrics.answered });
const manager = new Manager({
  client: new KubeClient(transport, { fieldManager: 'widget-manager' }),
  log,
  metrics,
  leaderElection: {
    namespace: values['lease-namespace'],
    name: 'widget-manager',
    identity: `${hostname()}-${process.pid}`,
  },
  health: { port: Number(values['health-port']), host: '127.0.0.1' },
});

const ownWrites = new OwnWrites();
const cache = manager.cache(widgets);
const controller = manager.controller({
  name: 'widget',
  workers: Number(values.workers),
  reconcile: async (key) => {
    const widget = cache.store.get(key);
    if (widget === undefined) {
      ownWrites.forget(widgets, key);
      return {};
    }
    // The watch brings our own write in a moment, and with it this key.
    if (isReady(widget) || ownWrites.isStale(widgets, widget)) return {};
    const { generation } = widget.metadata;
    const conditions = setConditions(
      widget.status?.conditions,
      [{ type: 'Ready', status: 'True', reason: 'Accepted', message: 'The widget is ready.' }],
      generation,
      new Date(),
    );
    const written = await patchStatus(
      manager.client,
      widgets,
      widget,
      generation === undefined ? { conditions } : { observedGeneration: generation, conditions },
    );
    if (written !== undefined) ownWrites.record(widgets, written);
    return {};
  },
});
cache.onChange(({ key }) => controller.queue.add(key));

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
try {
  await manager.run(stop.signal);
} catch (error) {
  log.fatal({ err: error }, 'manager ended');
  process.exitCode = 1;
} finally {
  await transport.close();
}
