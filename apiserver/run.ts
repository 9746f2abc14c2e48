import type { Logger } from 'pino';

import { idCounterName } from '../crds/labels.ts';
import { agentTasks, type AgentTask } from '../crds/types/agenttask.ts';
import { secrets, type Secret } from '../kube/builtin.ts';
import { KubeClient } from '../kube/client.ts';
import { Credentials, loadKubeConfig } from '../kube/credentials.ts';
import { HealthServer } from '../kube/health.ts';
import { IdCounter } from '../kube/ids.ts';
import { RuntimeMetrics } from '../kube/metrics.ts';
import type { ResourceType } from '../kube/objects.ts';
import { Reflector } from '../kube/reflector.ts';
import { Transport } from '../kube/transport.ts';
import { buildApp } from './app.ts';
import { authorizerBy } from './auth/authorizer.ts';
import { bearerGuard, type Guard } from './auth/bearer.ts';
import { bearerSelector, CredentialStore } from './auth/credential-store.ts';
import { FailureLimit } from './auth/failures.ts';
import { TokenReviews } from './auth/token-reviews.ts';
import type { FacadeConfig } from './config.ts';
import { taskCacheOptions } from './dispatch/cache.ts';
import { highestId } from './dispatch/identity.ts';
import { HttpMetrics } from './metrics.ts';
import { serve } from './serve.ts';
import { aborted, checkNamespace, listening, openHistoryFile, type OpenHistory } from './startup.ts';
import { TlsListener } from './tls/listener.ts';
import { TlsMetrics } from './tls/metrics.ts';
import { firstPair, Rotation } from './tls/rotation.ts';

/** A call is given up before most clients have, so that these learn why. Milliseconds. */
const callTimeout = 10_000;
/** Of a burst of posts, one in so many waits for the counter. */
const idsInHand = 100;
/** A watch that brought nothing for this long (milliseconds) makes the process not ready: bookmarks come about once a minute. */
const silentTooLong = 180_000;

/** Serves until the signal aborts, and ends when the requests under way are answered. @throws ConfigError, CredentialsError */
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
    await checkNamespace(client, config.namespace, 'namespace', log);
    await checkNamespace(client, config.dispatch.namespace, 'dispatch-namespace', log);
    history = await openHistoryFile(config.historyFile);
    await serveFrom({ config, log, metrics, client, history, tls, server: transport.server.href }, signal);
  } finally {
    await history?.close();
    await transport.close();
  }
}

interface Site {
  readonly config: FacadeConfig;
  readonly log: Logger;
  readonly metrics: RuntimeMetrics;
  readonly client: KubeClient;
  readonly history: OpenHistory | undefined;
  readonly tls: TlsListener | undefined;
  /** URL of the API server. */
  readonly server: string;
}

interface Caches {
  readonly tasks: Reflector<AgentTask>;
  readonly credentials: Reflector<Secret>;
}

async function serveFrom(site: Site, signal: AbortSignal): Promise<void> {
  const { config, log, metrics, client } = site;
  const caches: Caches = {
    tasks: new Reflector(client, agentTasks, { namespace: config.dispatch.namespace, ...taskCacheOptions, log }),
    credentials: new Reflector(client, secrets, { namespace: config.namespace, labelSelector: bearerSelector, log }),
  };
  const httpMetrics = new HttpMetrics(metrics.registry);
  httpMetrics.observeCaches({ ...caches });
  const credentials = new CredentialStore(caches.credentials, log);
  httpMetrics.observeCredentials(() => credentials.counts);
  const app = await buildApp({
    log,
    metrics: httpMetrics,
    limits: { rate: config.rateLimit, lag: config.maxLag },
    tls: site.tls,
    dispatch: dispatchOptions(site, caches, guardOf(site, credentials, httpMetrics), httpMetrics),
  });
  let serving = false;
  const health = new HealthServer({
    host: config.healthHost,
    port: config.healthPort,
    live: { process: () => undefined },
    ready: {
      cache: () => cacheProblem(caches.tasks),
      credentials: () => cacheProblem(caches.credentials),
      serving: () => (serving ? undefined : 'not listening: starting or stopping'),
    },
    metrics: () => metrics.registry.metrics(),
  });
  const healthPort = await listening(health.listen(), 'health-port', config.healthHost, config.healthPort);
  const watching = new AbortController();
  const following = [
    caches.tasks.run(watching.signal),
    caches.credentials.run(watching.signal),
    followCertificate(site, watching.signal),
  ];
  log.info(
    { server: site.server, namespace: config.dispatch.namespace, mode: config.dispatch.mode, healthPort },
    'starting',
  );
  try {
    await Promise.race([Promise.all([caches.tasks.synced, caches.credentials.synced]), aborted(signal)]);
    if (signal.aborted) return;
    sayWhoIsLetIn(site, credentials);
    const server = await listening(serve(app, config.host, config.port), 'port', config.host, config.port);
    serving = true;
    log.info(
      { host: config.host, port: server.port, tls: site.tls !== undefined, certificateValidTo: site.tls?.pair.validTo },
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

async function followCertificate({ config, tls, log, metrics }: Site, signal: AbortSignal): Promise<void> {
  if (config.tls === undefined || tls === undefined) return;
  await new Rotation(config.tls, tls, new TlsMetrics(metrics.registry, () => tls.pair.validTo), log).run(signal);
}

function guardOf({ config, client }: Site, credentials: CredentialStore, metrics: HttpMetrics): Guard {
  return bearerGuard({
    credentials,
    tokenReviews: new TokenReviews(client),
    failures: new FailureLimit(),
    openAs: config.dispatch.openAs,
    onFailure: (code) => metrics.authFailed('dispatch', code),
  });
}

function dispatchOptions(
  { config, client, history }: Site,
  { tasks }: Caches,
  guard: Guard,
  metrics: HttpMetrics,
): Parameters<typeof buildApp>[0]['dispatch'] {
  const { namespace, credentialsSecret, mode, ttlSeconds } = config.dispatch;
  const highest = async (): Promise<number> =>
    Math.max(await highestId(client, namespace), (await history?.highestId()) ?? 0);
  return {
    guard,
    clientOf: (caller) => client.as(caller),
    authorizer: authorizerBy(client),
    client,
    cache: tasks.store,
    ids: metrics.countIds(
      'agenttasks',
      new IdCounter(client, config.namespace, idCounterName, highest, { ahead: idsInHand }),
    ),
    namespace,
    credentialsSecret,
    mode,
    history,
    ttlSeconds,
  };
}

/** Openness is said at every start, and so is that nobody can call. */
function sayWhoIsLetIn({ config, log }: Site, credentials: CredentialStore): void {
  const { openAs } = config.dispatch;
  if (openAs !== undefined)
    log.warn(
      { user: openAs.user, host: config.host },
      'the dispatch API is open: whoever reaches the port without a token acts as this user',
    );
  const { usable } = credentials.counts;
  if (usable === 0 && openAs === undefined)
    log.warn(
      { namespace: config.namespace },
      'there is no credential yet: only Kubernetes tokens are let in; make one with: make credential',
    );
  else log.info({ credentials: usable }, 'credentials read');
}

function cacheProblem({
  type,
  hasSynced,
  lastContact,
}: {
  readonly type: ResourceType;
  readonly hasSynced: boolean;
  readonly lastContact: number;
}): string | undefined {
  if (!hasSynced) return `waiting for the first list of ${type.plural}`;
  return performance.now() - lastContact > silentTooLong
    ? `nothing heard from the API server for ${silentTooLong / 1000} s`
    : undefined;
}
