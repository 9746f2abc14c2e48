import { pino } from 'pino';

import { nodes, type Node } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { isTrue } from '../../../kube/conditions.ts';
import { Reflector } from '../../../kube/reflector.ts';
import { pods, type Pod } from '../../../kube/workloads.ts';

/** What is looked at. */
export interface Sights {
  /** Pods of this label `app`. */
  readonly namespace: string;
  readonly app: string;
  /** Nodes of which only so many may be out of service at once. */
  readonly nodes: readonly string[];
}

/** Looks on from beside the controllers, at every change: what their worst moment was. */
export class Onlooker {
  readonly #pods: Reflector<Pod>;
  readonly #nodes: Reflector<Node>;
  readonly #closing = new AbortController();
  readonly #running: Promise<unknown>;
  readonly #timesOut = new Map<string, number>();
  #out: readonly string[] = [];
  #fewestHealthy = Infinity;
  #mostOut = 0;

  private constructor(client: Client, { namespace, app, nodes: names }: Sights) {
    const log = pino({ level: 'silent' });
    this.#pods = new Reflector(client, pods, { namespace, labelSelector: `app=${app}`, log });
    this.#nodes = new Reflector(client, nodes, { log });
    this.#pods.onChange(() => {
      // One by one they come at first.
      if (!this.#pods.hasSynced) return;
      const healthy = [...this.#pods.store.list()].filter(
        (pod) => pod.metadata.deletionTimestamp === undefined && isTrue(pod.status?.conditions, 'Ready'),
      );
      this.#fewestHealthy = Math.min(this.#fewestHealthy, healthy.length);
    });
    this.#nodes.onChange(() => {
      const out = names.filter((name) => this.#nodes.store.get(name)?.spec?.unschedulable === true);
      this.#mostOut = Math.max(this.#mostOut, out.length);
      for (const name of out)
        if (!this.#out.includes(name)) this.#timesOut.set(name, (this.#timesOut.get(name) ?? 0) + 1);
      this.#out = out;
    });
    const { signal } = this.#closing;
    this.#running = Promise.all([this.#pods.run(signal), this.#nodes.run(signal)]);
  }

  /** Resolves when it has seen all that is there. */
  static async open(client: Client, sights: Sights): Promise<Onlooker> {
    const onlooker = new Onlooker(client, sights);
    await Promise.all([onlooker.#pods.synced, onlooker.#nodes.synced]);
    return onlooker;
  }

  /** Infinity when no pod has changed. */
  get fewestHealthy(): number {
    return this.#fewestHealthy;
  }

  get mostOut(): number {
    return this.#mostOut;
  }

  /** How often each node went out of service. */
  get timesOut(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#timesOut);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }
}
