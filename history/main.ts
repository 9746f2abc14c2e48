import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

import { pino, type Logger } from 'pino';

import { KubeClient } from '../kube/client.ts';
import { systemClock } from '../kube/clock.ts';
import { Credentials, loadKubeConfig } from '../kube/credentials.ts';
import { ConfigError } from '../kube/flags.ts';
import { LeadershipLostError } from '../kube/lease.ts';
import { Manager } from '../kube/manager.ts';
import { RuntimeMetrics } from '../kube/metrics.ts';
import { reportOf } from '../kube/thrown.ts';
import { Transport } from '../kube/transport.ts';
import { readConfig, type RecorderConfig } from './config.ts';
import { HistoryError } from './errors.ts';
import { kinds } from './kinds.ts';
import { copyHistory, openHistoryAt, placeText } from './open.ts';
import { recorderLease } from './recorder/lease.ts';
import { RecorderMetrics } from './recorder/metrics.ts';
import { addRecorder } from './recorder/recorder.ts';
import { RecorderRunsError, releaseAll } from './recorder/uninstall.ts';
import type { HistoryPlace } from './settings.ts';

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env);
  if (typeof config === 'string') {
    process.stdout.write(config);
    return;
  }
  const log = pino({ name: 'fleetwright-history', level: config.logLevel });
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'stopping: passes under way are finished');
      stopping.abort();
    });
  }
  if (config.copyFrom !== undefined && config.history !== undefined) {
    const records = await copyHistory(config.copyFrom, config.history);
    log.info({ records, from: config.copyFrom, to: placeText(config.history) }, 'the history was copied');
    return;
  }
  const metrics = new RuntimeMetrics();
  const transport = new Transport(new Credentials(() => loadKubeConfig(config.kubeconfig)), {
    onAnswer: metrics.answered,
  });
  const client = new KubeClient(transport, { fieldManager: 'fleetwright-history' });
  const { history } = config;
  if (history === undefined || config.uninstall) {
    const released = await releaseAll(
      client,
      kinds,
      { lease: config.namespace, watched: config.watchNamespace },
      log,
      new Date(),
    );
    log.info({ released }, 'nothing is held for the history any more');
  } else {
    log.info({ server: transport.server.href, history: placeText(history) }, 'starting');
    await record(config, history, client, metrics, log, stopping.signal);
    log.info('stopped');
  }
  await transport.close();
}

async function record(
  config: RecorderConfig,
  place: HistoryPlace,
  client: KubeClient,
  metrics: RuntimeMetrics,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const { namespace } = config;
  const store = await openHistoryAt(place);
  const identity = `${hostname()}_${randomBytes(4).toString('hex')}`;
  const leaseDuration = config.leaseDurationSeconds * 1000;
  const manager = new Manager({
    client,
    log,
    metrics,
    health: { host: config.healthHost, port: config.healthPort },
    // client-go's proportions: 15 s, 10 s, 2 s.
    ...(config.leaderElection
      ? {
          leaderElection: {
            namespace,
            name: recorderLease,
            identity,
            leaseDuration,
            renewDeadline: (leaseDuration * 2) / 3,
            retryPeriod: leaseDuration / 7.5,
          },
        }
      : {}),
  });
  addRecorder(manager, {
    store,
    kinds,
    clock: systemClock,
    log,
    metrics: new RecorderMetrics(metrics.registry, kinds, () => store.size()),
    namespace: config.watchNamespace,
    retentionDays: config.retentionDays,
  });
  await manager.run(signal);
  await store.close();
}

try {
  await main();
} catch (error) {
  if (error instanceof LeadershipLostError) {
    // Nothing may be written any more, not even by a pass that is still under way.
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  const expected = error instanceof ConfigError || error instanceof HistoryError || error instanceof RecorderRunsError;
  process.stderr.write(`fleetwright-history: ${reportOf(error, expected)}\n`);
  process.exit(1);
}
process.exit(0);
