import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

import { pino, type Logger } from 'pino';

import { KubeClient } from '../kube/client.ts';
import { systemClock } from '../kube/clock.ts';
import { Credentials, loadKubeConfig } from '../kube/credentials.ts';
import { EventRecorder } from '../kube/events.ts';
import { ConfigError } from '../kube/flags.ts';
import { LeadershipLostError } from '../kube/lease.ts';
import { Manager } from '../kube/manager.ts';
import { RuntimeMetrics } from '../kube/metrics.ts';
import { reportOf } from '../kube/thrown.ts';
import { Transport } from '../kube/transport.ts';
import { readConfig, type ControllerConfig } from './config.ts';
import { kinds } from './kinds.ts';
import { openClaims } from './shared/open-claims.ts';

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env);
  if (typeof config === 'string') {
    process.stdout.write(config);
    return;
  }
  const log = pino({ name: 'fleetwright-controllers', level: config.logLevel });
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'stopping: passes under way are finished');
      stopping.abort();
    });
  }
  await runControllers(config, log, stopping.signal);
  log.info('stopped');
}

async function runControllers(config: ControllerConfig, log: Logger, signal: AbortSignal): Promise<void> {
  const metrics = new RuntimeMetrics();
  const transport = new Transport(new Credentials(() => loadKubeConfig(config.kubeconfig)), {
    onAnswer: metrics.answered,
  });
  const client = new KubeClient(transport, { fieldManager: 'fleetwright-controllers' });
  const identity = `${hostname()}_${randomBytes(4).toString('hex')}`;
  const { namespace } = config;
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
            name: 'fleetwright-controllers',
            identity,
            leaseDuration,
            renewDeadline: (leaseDuration * 2) / 3,
            retryPeriod: leaseDuration / 7.5,
          },
        }
      : {}),
  });
  const events = new EventRecorder(client, { controller: 'fleetwright.io/controllers', instance: identity, log });
  const { watchNamespace } = config;
  const site = {
    manager,
    transport,
    events,
    clock: systemClock,
    log,
    claims: openClaims(manager, { namespace }),
    systemNamespace: namespace,
    watchNamespace,
  };
  for (const kind of config.kinds) await kind.open(site);
  const facts = Object.fromEntries(config.kinds.map((kind) => [kind.name, kind.facts]));
  log.info({ server: transport.server.href, identity, kinds: facts }, 'starting');
  await manager.run(signal);
  await events.close();
  await transport.close();
}

try {
  await main();
} catch (error) {
  if (error instanceof LeadershipLostError) {
    // Nothing may be written any more, not even by a pass that is still under way.
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
  const expected = [ConfigError, ...kinds.flatMap(({ startErrors }) => startErrors)];
  const isExpected = expected.some((Class) => error instanceof Class);
  process.stderr.write(`fleetwright-controllers: ${reportOf(error, isExpected)}\n`);
  process.exit(1);
}
process.exit(0);
