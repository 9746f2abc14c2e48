import { KubeConfig } from '@kubernetes/client-node';
import { onTestFinished } from 'vitest';

import { configMaps, type ConfigMap } from '../../../kube/builtin.ts';
import { KubeClient } from '../../../kube/client.ts';
import { Credentials } from '../../../kube/credentials.ts';
import { Reflector, type Change, type ReflectorOptions } from '../../../kube/reflector.ts';
import { Transport, type TransportOptions } from '../../../kube/transport.ts';
import { recordingLog, type LogRecord } from '../../harness/faults/records.ts';
import { FaultServer } from '../../harness/faults/server.ts';

export interface Faulty {
  readonly server: FaultServer;
  readonly transport: Transport;
  readonly client: KubeClient;
  /** Credentials yielded from now on. */
  user: object;
  cluster: object;
}

/** A client of a server that the test plays; both end with the test. */
export async function startFaulty(options: TransportOptions = {}): Promise<Faulty> {
  const server = await FaultServer.start();
  const given = { user: { token: 'first' } as object, cluster: {} as object };
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromString(server.kubeconfig(given.user, given.cluster));
    return config;
  };
  const transport = new Transport(new Credentials(load), options);
  onTestFinished(async () => {
    await server.stop();
    await transport.close();
  });
  return Object.assign(given, { server, transport, client: new KubeClient(transport, { fieldManager: 'tests' }) });
}

export interface Watching {
  readonly reflector: Reflector<ConfigMap>;
  readonly changes: readonly string[];
  readonly records: readonly LogRecord[];
  /** Resolves at the first change that reads `type key` (see `changes`), also one that came before. */
  seen(this: void, change: string): Promise<void>;
  /** Ends the reflector and resolves when it has ended. */
  stop(): Promise<void>;
}

/** A reflector of ConfigMaps against that server, with delays short enough for tests. */
export function watchFaulty({ client }: Faulty, options: Partial<ReflectorOptions<ConfigMap>> = {}): Watching {
  const { log, records } = recordingLog();
  const backoff = { initial: 1, max: 5, factor: 2, jitter: 0 };
  const reflector = new Reflector(client, configMaps, { log, backoff, ...options });
  const changes: string[] = [];
  const waiting: { readonly change: string; readonly resolve: () => void }[] = [];
  reflector.onChange(({ type, key }: Change<ConfigMap>) => {
    const text = `${type} ${key}`;
    changes.push(text);
    for (const { change, resolve } of waiting) if (change === text) resolve();
  });
  const ended = new AbortController();
  const running = reflector.run(ended.signal);
  const stop = async (): Promise<void> => {
    ended.abort();
    await running;
  };
  onTestFinished(stop);
  const seen = async (change: string): Promise<void> => {
    if (changes.includes(change)) return;
    await new Promise<void>((resolve) => waiting.push({ change, resolve }));
  };
  return { reflector, changes, records, seen, stop };
}

export function configMap(
  name: string,
  resourceVersion: string,
  data: Readonly<Record<string, string>> = {},
  uid = `uid-of-${name}`,
): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'test', name, resourceVersion, uid }, data };
}
