import { Registry } from '@prometheus-io/client';
import { KubeConfig } from '@kubernetes/client-node';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';

import { KubeClient } from '../../kube/client.ts';
import { Credentials } from '../../kube/credentials.ts';
import { readSettings } from '../../kube/flags.ts';
import { Transport } from '../../kube/transport.ts';
import type { Api, ApiMode, ConfiguredApi } from '../api.ts';
import { apis } from '../apis.ts';
import { buildApp } from '../app.ts';
import { HttpMetrics } from '../metrics.ts';
import { siteOf } from '../site.ts';

/** The discard port, at which nothing answers. */
const nowhere = 'http://127.0.0.1:9';

/**
 * The facade's application without a cluster: it can say what its calls are, but not answer any. Close it in the end.
 */
export async function offlineApp(mode: ApiMode): Promise<FastifyInstance> {
  const transport = new Transport(new Credentials(kubeConfig));
  const log = pino({ level: 'silent' });
  const metrics = new HttpMetrics(new Registry());
  const site = siteOf({
    log,
    client: new KubeClient(transport, { fieldManager: 'fleetwright-facade' }),
    history: undefined,
    metrics,
    namespace: 'default',
    host: 'none',
    kinds: apis.map(({ callers }) => callers.credential),
  });
  const app = await buildApp({ log, metrics, apis: apis.map((api) => configured(api, mode).open(site)) });
  app.addHook('onClose', () => transport.close());
  return app;
}

function configured(api: Api, mode: ApiMode): ConfiguredApi {
  const flag = `${api.name}-mode`;
  const read = readSettings(api.name, api.settings, flag in api.settings ? [`--${flag}`, mode] : [], {});
  if (typeof read === 'string') throw new Error('nobody asked for help');
  return api.configure(read, { withHistory: false });
}

function kubeConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'none', server: nowhere, skipTLSVerify: false }, { name: 'none' });
  return config;
}
