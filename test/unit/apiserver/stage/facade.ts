import { Registry } from '@prometheus-io/client';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';

import type { ApiMode } from '../../../../apiserver/api.ts';
import { buildApp } from '../../../../apiserver/app.ts';
import type { Authorizer } from '../../../../apiserver/auth/authorizer.ts';
import { digestOf, knownBy } from '../../../../apiserver/auth/digest.ts';
import { FailureLimit } from '../../../../apiserver/auth/failures.ts';
import { HttpMetrics } from '../../../../apiserver/metrics.ts';
import { servedStage } from '../../../../apiserver/stage/api.ts';
import { clusterStages, type ClusterStage } from '../../../../crds/types/clusterstage.ts';
import type { Node } from '../../../../kube/builtin.ts';
import { Store } from '../../../../kube/store.ts';
import { denying } from '../facade.ts';
import { asClient, MemoryClient } from '../memory-client.ts';

/** The secure-key of the one caller; in original mode, his token. */
export const key = 'correct-horse-battery-staple-0123456789';
const known = knownBy(digestOf(key));

export interface Answer {
  readonly status: number;
  /** By what a caller who is not let in can say who he is. */
  readonly challenge?: string;
  readonly body: unknown;
}

export interface StageFacade {
  readonly client: MemoryClient<ClusterStage>;
  /** A text is sent as it is. */
  send(this: void, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

interface StageFacadeOptions {
  readonly mode: ApiMode;
  readonly stages?: readonly ClusterStage[];
  readonly authorizer?: Authorizer;
}

/** The application with one caller, the nodes node-a (192.0.2.1) and node-b, and its stages in memory; on node-b. */
export async function stageFacade({
  mode,
  stages = [],
  authorizer = denying(),
}: StageFacadeOptions): Promise<StageFacade> {
  const client = new MemoryClient<ClusterStage>();
  const [cache, nodes] = [new Store<ClusterStage>(), new Store<Node>()];
  for (const stage of stages) cache.set(client.put(stage));
  nodes.set({ metadata: { name: 'node-a' }, status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] } });
  nodes.set({ metadata: { name: 'node-b' } });
  const served = servedStage(
    {
      mode,
      clusterName: 'site-1',
      node: 'node-b',
      type: clusterStages,
      clientOf: () => asClient(client),
      authorizer,
      cache,
      nodes: nodes,
    },
    {
      shown: 'secure-key',
      credentials: {
        ready: true,
        find: (index) =>
          index === known.index ? { caller: { user: 'operator', groups: [] }, proofs: [known.proof] } : undefined,
      },
      failures: new FailureLimit(),
    },
  );
  const app = await buildApp({
    log: pino({ level: 'silent' }),
    metrics: new HttpMetrics(new Registry()),
    // A busy machine is no matter of these tests.
    limits: { lag: 0 },
    apis: [served],
  });
  onTestFinished(() => app.close());
  return {
    client,
    async send(path, body, headers = {}) {
      const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
      const answer = await app.inject({ method: 'POST', url: path, headers, ...payload });
      const challenge = answer.headers['www-authenticate'];
      const said = typeof challenge === 'string' ? { challenge } : {};
      return { status: answer.statusCode, body: answer.json(), ...said };
    },
  };
}
