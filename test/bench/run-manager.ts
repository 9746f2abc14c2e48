import { hostname } from 'node:os';

import { pino, type Logger } from 'pino';

import { KubeClient, type Client } from '../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../kube/credentials.ts';
import { Manager } from '../../kube/manager.ts';
import { RuntimeMetrics } from '../../kube/metrics.ts';
import { Transport } from '../../kube/transport.ts';

/** What a controller that is measured is added with. */
export interface Ground {
  readonly manager: Manager;
  readonly client: Client;
  /** Of this process. */
  readonly identity: string;
  readonly log: Logger;
}

export interface ManagerSettings {
  /** Of the program, of its lease and as a field manager. */
  readonly name: string;
  /** Of its lease. */
  readonly namespace: string;
  readonly healthPort?: number;
  /** Milliseconds for which it may be without news of its lease, where that is more than usual. */
  readonly leaseDuration?: number;
}

/**
 * Runs a manager as a product does, with leader election, metrics, health and logging, until a signal ends it.
 * @param add adds the controllers; what it returns is closed when they have ended
 */
export async function runManager(
  { name, namespace, healthPort = 0, leaseDuration }: ManagerSettings,
  add: (ground: Ground) => { close(): Promise<void> } | void,
): Promise<void> {
  const log = pino({ name }, pino.destination({ sync: true }));
  const metrics = new RuntimeMetrics();
  const transport = new Transport(new Credentials(() => loadKubeConfig()), { onAnswer: metrics.answered });
  const client = new KubeClient(transport, { fieldManager: name });
  const identity = `${hostname()}-${process.pid}`;
  const manager = new Manager({
    client,
    log,
    metrics,
    leaderElection: {
      namespace,
      name,
      identity,
      ...(leaseDuration === undefined ? {} : { leaseDuration, renewDeadline: leaseDuration * 0.75 }),
    },
    health: { port: healthPort, host: '127.0.0.1' },
  });
  const added = add({ manager, client, identity, log });
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  try {
    await manager.run(stop.signal);
  } catch (error) {
    log.fatal({ err: error }, 'manager ended');
    process.exitCode = 1;
  } finally {
    await added?.close();
    await transport.close();
  }
}
