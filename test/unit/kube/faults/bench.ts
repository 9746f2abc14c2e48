import { onTestFinished } from 'vitest';

import { configMaps, type ConfigMap } from '../../../../kube/builtin.ts';
import { KubeClient } from '../../../../kube/client.ts';
import { Credentials, type KubeConfigLoader } from '../../../../kube/credentials.ts';
import { Reflector, type Change, type ReflectorOptions } from '../../../../kube/reflector.ts';
import { Transport, type TransportOptions } from '../../../../kube/transport.ts';
import { kubeconfigOf } from '../../../harness/faults/kubeconfig.ts';
import { FaultServer } from '../../../harness/faults/server.ts';
import { keptLog } from '../silent.ts';

export async function faultServer(): Promise<FaultServer> {
  const server = await new FaultServer().listen();
  onTestFinished(() => server.close());
  return server;
}

/** A client of that server; closed when the test is over. */
export function clientOf(server: FaultServer, options: TransportOptions = {}, load: KubeConfigLoader = () => kubeconfigOf({ server: server.url, token: 'secret' })): KubeClient {
  const transport = new Transport(new Credentials(load), options);
  onTestFinished(() => transport.close());
  return new KubeClient(transport, { fieldManager: 'test' });
}

export function configMap(name: string, resourceVersion: string, value = '', uid = `uid-${name}`): ConfigMap {
  return { metadata: { namespace: 'x', name, uid, resourceVersion }, data: { value } };
}

/** A reflector under way, and what it told its handler. */
export interface Watching {
  readonly reflector: Reflector<ConfigMap>;
  readonly changes: readonly string[];
  readonly lines: readonly Record<string, unknown>[];
  /** Names and values in the store, sorted. */
  content(this: void): readonly string[];
  /** Resolves when the store holds this (`name=value`). */
  holds(this: void, ...expected: readonly string[]): Promise<void>;
  /** Ends it; resolves when it has ended. */
  stop(this: void): Promise<void>;
}

/** Starts a reflector that retries fast. */
export function watching(client: KubeClient, options: Partial<ReflectorOptions<ConfigMap>> = {}): Watching {
  const { log, lines } = keptLog();
  const backoff = { initial: 5, max: 20, factor: 2, jitter: 0 };
  const reflector = new Reflector(client, configMaps, { namespace: 'x', pageSize: 2, backoff, log, ...options });
  const changes: string[] = [];
  const waiters = new Set<() => void>();
  const content = (): string[] => [...reflector.store.list()].map(({ metadata, data }) => `${metadata.name}=${data?.['value'] ?? ''}`).toSorted();
  reflector.onChange((change: Change<ConfigMap>) => {
    changes.push(`${change.type} ${change.key}`);
    for (const waiter of waiters) waiter();
  });
  const stopping = new AbortController();
  const running = reflector.run(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  onTestFinished(stop);
  return {
    reflector,
    changes,
    lines,
    content,
    stop,
    async holds(...expected) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (JSON.stringify(content()) === JSON.stringify(expected.toSorted())) resolve();
      };
      waiters.add(look);
      look();
      await promise;
      waiters.delete(look);
    },
  };
}
