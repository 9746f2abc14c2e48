import type { Logger } from 'pino';

import { KubeClient } from '../kube/client.ts';
import { Credentials, loadKubeConfig } from '../kube/credentials.ts';
import { HealthServer } from '../kube/health.ts';
import { RuntimeMetrics } from '../kube/metrics.ts';
import { Transport } from '../kube/transport.ts';
import type { Cache, OpenedApi } from './api.ts';
import { buildApp } from './app.ts';
import { firstProblem, joinCaches } from './caches.ts';
import type { FacadeConfig } from './config.ts';
import { HttpMetrics } from './metrics.ts';
import { serve } from './serve.ts';
import { siteOf, type CallersSite } from './site.ts';
import { aborted, checkNamespace, listening, openConfiguredHistory, type OpenHistory } from './startup.ts';
import { TlsListener } from './tls/listener.ts';
import { TlsMetrics } from './tls/metrics.ts';
import { firstPair, Rotation } from './tls/rotation.ts';

/** A call is given up before most clients have, so that these learn why. Milliseconds. */
const callTimeout = 10_000;

/**
 * Serves until the signal aborts, and ends when the requests under way are answered.
 * @throws ConfigError, CredentialsError
 */
export async function runFacade(config: FacadeConfig, log: Logger, signal: AbortSignal): Promise<void> {
  const metrics = new RuntimeMetrics();
  const tls = config.tls === undefined ? undefined : new TlsListener(await firstPair(config.tls, log));
  const transport = new Transport(new Credentials(() => loadKubeConfig(config.kubeconfig)), {
    onAnswer: metrics.answered,
    callTimeout,
  });
  let history: OpenHistory | undefined;
  try {
    const client = new KubeClient(transport, { fieldManager: 'fleetwright-facade' });
    for (const namespace of [config.namespace, ...config.apis.flatMap(({ namespaces }) => namespaces)])
      await checkNamespace(client, namespace, log);
    history = await openConfiguredHistory(config.history);
    await serveFrom({ config, log, metrics, client, history, tls, server: transport.server.href }, signal);
  } finally {
    await history?.close();
    await transport.close();
  }
}

interface Process {
  readonly config: FacadeConfig;
  readonly log: Logger;
  readonly metrics: RuntimeMetrics;
  readonly client: KubeClient;
  readonly history: OpenHistory | undefined;
  readonly tls: TlsListener | undefined;
  /** URL of the API server. */
  readonly server: string;
}

async function serveFrom(process: Process, signal: AbortSignal): Promise<void> {
  const { config, log, metrics, client, history, tls } = process;
  const httpMetrics = new HttpMetrics(metrics.registry);
  const namespace = config.namespace.name;
  const kinds = config.apis.map(({ callers }) => callers.credential);
  const site = siteOf({ log, client, history, metrics: httpMetrics, namespace, host: config.host, kinds });
  const apis = config.apis.map((api) => api.open(site));
  const caches = joinCaches([{ stages: site.stagesCache }, ...apis.map((api) => api.caches)]);
  const all: readonly Cache[] = [...Object.values(caches), site.credentialsCache];
  httpMetrics.observeCaches({ ...caches, credentials: site.credentialsCache });
  httpMetrics.observeCredentials(() => site.credentials.counts);
  const app = await buildApp({
    log,
    metrics: httpMetrics,
    limits: { rate: config.rateLimit, lag: config.maxLag },
    tls,
    apis,
  });
  let serving = false;
  const health = new HealthServer({
    host: config.healthHost,
    port: config.healthPort,
    live: { process: () => undefined },
    ready: {
      cache: () => firstProblem(Object.values(caches)),
      credentials: () => firstProblem([site.credentialsCache]),
      serving: () => (serving ? undefined : 'not listening: starting or stopping'),
    },
    metrics: () => metrics.registry.metrics(),
  });
  const healthPort = await listening(health.listen(), 'health-port', config.healthHost, config.healthPort);
  const watching = new AbortController();
  const following = [...all.map((cache) => cache.run(watching.signal)), followCertificate(process, watching.signal)];
  const facts = Object.fromEntries(config.apis.map((api) => [api.name, api.facts]));
  log.info({ server: process.server, apis: facts, healthPort }, 'starting');
  try {
    await Promise.race([Promise.all(all.map(({ synced }) => synced)), aborted(signal)]);
    if (signal.aborted) return;
    sayWhoIsLetIn(process, site, apis);
    const server = await listening(serve(app, config.host, config.port), 'port', config.host, config.port);
    serving = true;
    log.info(
      { host: config.host, port: server.port, tls: tls !== undefined, certificateValidTo: tls?.pair.validTo },
      'listening',
    );
    await aborted(signal);
    // Taken out of service before the last requests are answered, so that no new ones are sent here.
    serving = false;
    if (!(await server.close(config.gracePeriod)))
      log.warn({ milliseconds: config.gracePeriod }, 'requests were cut off that took too long');
  } finally {
    watching.abort();
    await Promise.all(following);
    await health.close();
  }
}

async function followCertificate({ config, tls, log, metrics }: Process, signal: AbortSignal): Promise<void> {
  if (config.tls === undefined || tls === undefined) return;
  await new Rotation(config.tls, tls, new TlsMetrics(metrics.registry, () => tls.pair.validTo), log).run(signal);
}

/** That nobody can call is said at every start. */
function sayWhoIsLetIn({ config, log }: Process, { credentials }: CallersSite, apis: readonly OpenedApi[]): void {
  const { usable } = credentials.counts;
  if (usable === 0 && !apis.some(({ letsAnybodyIn }) => letsAnybodyIn))
    log.warn(
      { namespace: config.namespace.name },
      'there is no credential yet: only Kubernetes tokens are let in; make one with: make credential',
    );
  else log.info({ credentials: usable }, 'credentials read');
}
