import { Registry } from '@prometheus-io/client';
import { KubeConfig } from '@kubernetes/client-node';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';

import type { AgentTask } from '../../crds/types/agenttask.ts';
import { KubeClient } from '../../kube/client.ts';
import { Credentials } from '../../kube/credentials.ts';
import { IdCounter } from '../../kube/ids.ts';
import { Store } from '../../kube/store.ts';
import { Transport } from '../../kube/transport.ts';
import { buildApp } from '../app.ts';
import { authorizerBy } from '../auth/authorizer.ts';
import { HttpMetrics } from '../metrics.ts';
import type { Described } from './document.ts';

/** The discard port, at which nothing answers. */
const nowhere = 'http://127.0.0.1:9';

/** The facade's application without a cluster: it can say what its calls are, but not answer any. Close it in the end. */
export async function offlineApp({ mode }: Described): Promise<FastifyInstance> {
  const transport = new Transport(new Credentials(kubeConfig));
  const client = new KubeClient(transport, { fieldManager: 'fleetwright-facade' });
  const namespace = 'default';
  const app = await buildApp({
    log: pino({ level: 'silent' }),
    metrics: new HttpMetrics(new Registry()),
    dispatch: {
      client,
      clientOf: () => client,
      authorizer: authorizerBy(client),
      cache: new Store<AgentTask>(),
      ids: new IdCounter(client, namespace, 'none'),
      namespace,
      mode,
      async guard() {
        throw new Error('this application has no cluster to answer from');
      },
    },
  });
  app.addHook('onClose', () => transport.close());
  return app;
}

function kubeConfig(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: 'none', server: nowhere, skipTLSVerify: false }, { name: 'none' });
  return config;
}
