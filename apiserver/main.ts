import { pino, type Logger } from 'pino';

import { agentTasks } from '../crds/types/agenttask.ts';
import { namespaces } from '../kube/builtin.ts';
import { KubeClient, type Client } from '../kube/client.ts';
import { Credentials, loadKubeConfig } from '../kube/credentials.ts';
import { ApiError, CredentialsError, NotFoundError, TransportError } from '../kube/errors.ts';
import { ConfigError } from '../kube/flags.ts';
import { HealthServer } from '../kube/health.ts';
import { IdCounter } from '../kube/ids.ts';
import { RuntimeMetrics } from '../kube/metrics.ts';
import { Reflector } from '../kube/reflector.ts';
import { Transport } from '../kube/transport.ts';
import { buildApp } from './app.ts';
import { bearerGuard } from './auth/bearer.ts';
import { TokenFileError } from './auth/errors.ts';
import { FailureLimit } from './auth/failures.ts';
import { TokenFile } from './auth/tokenfile.ts';
import { named, readConfig, type FacadeConfig } from './config.ts';
import { cacheOptions, highestId, idCounterName } from './dispatch/identity.ts';
import { HttpMetrics } from './metrics.ts';
import { serve } from './serve.ts';

/** A call is given up before most clients have, so that these learn why. Milliseconds. */
const callTimeout = 10_000;
/** A watch that brought nothing for this long (milliseconds) makes the process not ready: bookmarks come about once a minute. */
const silentTooLong = 180_000;

async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env);
  if (typeof config === 'string') {
    process.stdout.write(config);
    return;
  }
  const log = pino({ name: 'fleetwright-facade', level: config.logLevel, redact: ['*.headers.authorization', 'headers.authorization'] });
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log.info({ signal }, 'stopping: requests under way are answered');
      stopping.abort();
    });
  }
  await runFacade(config, log, stopping.signal);
  log.info('stopped');
}

async function runFacade(config: FacadeConfig, log: Logger, signal: AbortSignal): Promise<void> {
  const tokens = new TokenFile(config.dispatch.tokenFile);
  await readTokens(tokens);
  const metrics = new RuntimeMetrics();
  const httpMetrics = new HttpMetrics(metrics.registry);
  const transport = new Transport(new Credentials(() => loadKubeConfig(config.kubeconfig)), { onAnswer: metrics.answered, callTimeout });
  const client = new KubeClient(transport, { fieldManager: 'fleetwright-facade' });
  await checkNamespace(client, config.namespace, 'namespace', log);
  await checkNamespace(client, config.dispatch.namespace, 'dispatch-namespace', log);
  const { namespace, credentialsSecret } = config.dispatch;
  const tasks = new Reflector(client, agentTasks, { namespace, ...cacheOptions, log });
  const app = await buildApp({
    log,
    metrics: httpMetrics,
    dispatch: {
      client,
      cache: tasks.store,
      ids: new IdCounter(client, config.namespace, idCounterName, () => highestId(client, namespace)),
      namespace,
      credentialsSecret,
      guard: bearerGuard({ tokens, failures: new FailureLimit(), onFailure: (code) => httpMetrics.authFailed('dispatch', code) }),
    },
  });
  const caches = new AbortController();
  let serving = false;
  const health = new HealthServer({
    host: config.healthHost,
    port: config.healthPort,
    live: { process: () => undefined },
    ready: { cache: () => cacheProblem(tasks), serving: () => (serving ? undefined : 'not listening: starting or stopping') },
    metrics: () => metrics.registry.metrics(),
  });
  const healthPort = await listening(health.listen(), 'health-port', config.healthHost, config.healthPort);
  const reflecting = tasks.run(caches.signal);
  log.info({ server: transport.server.href, namespace, healthPort }, 'starting');
  try {
    await Promise.race([tasks.synced, aborted(signal)]);
    if (signal.aborted) return;
    const server = await listening(serve(app, config.host, config.port), 'port', config.host, config.port);
    serving = true;
    log.info({ host: config.host, port: server.port }, 'listening');
    await aborted(signal);
    // Taken out of service before the last requests are answered, so that no new ones are sent here.
    serving = false;
    if (!(await server.close(config.gracePeriod))) log.warn({ milliseconds: config.gracePeriod }, 'requests were cut off that took too long');
  } finally {
    caches.abort();
    await reflecting;
    await health.close();
    await transport.close();
  }
}

async function readTokens(tokens: TokenFile): Promise<void> {
  try {
    await tokens.read();
  } catch (error) {
    if (!(error instanceof TokenFileError)) throw error;
    throw new ConfigError(`${named('dispatch-token-file')}: ${error.message}`);
  }
}

/** Only what is known to be missing ends the start; an API server that is still starting is waited for by the cache. */
async function checkNamespace(client: Client, name: string, flag: 'namespace' | 'dispatch-namespace', log: Logger): Promise<void> {
  try {
    await client.get(namespaces, { name });
  } catch (error) {
    if (error instanceof NotFoundError) throw new ConfigError(`${named(flag)}: there is no namespace ${name}; create it with: kubectl create namespace ${name}`);
    if (!(error instanceof ApiError || error instanceof TransportError)) throw error;
    log.warn({ namespace: name, err: error }, 'whether the namespace exists cannot be seen');
  }
}

function cacheProblem(tasks: Pick<Reflector<never>, 'hasSynced' | 'lastContact'>): string | undefined {
  if (!tasks.hasSynced) return 'waiting for the first list of agenttasks';
  return performance.now() - tasks.lastContact > silentTooLong ? `nothing heard from the API server for ${silentTooLong / 1000} s` : undefined;
}

async function listening<T>(promise: Promise<T>, flag: 'port' | 'health-port', host: string, port: number): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') throw new ConfigError(`${named(flag)}: another program listens on ${host} port ${port}; give another port, or 0 for a free one`);
    throw new ConfigError(`${named(flag)}: cannot listen on ${host} port ${port}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

try {
  await main();
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof CredentialsError;
  process.stderr.write(`fleetwright-facade: ${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
process.exit(0);
