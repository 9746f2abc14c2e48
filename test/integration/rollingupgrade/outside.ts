import { setTimeout as delay } from 'node:timers/promises';

import type { OpenSearchCluster } from '../../opensearch/cluster.ts';
import type { Machine } from '../../opensearch/machine.ts';

/** What was seen of the nodes, by somebody who looks at each of them by itself. */
export interface Seen {
  /** Nodes in the order in which they were away. */
  readonly order: readonly string[];
  /** The elected manager when each of them went away. */
  readonly managersAtTurn: readonly string[];
  /** How many were away at the same time, at most. */
  readonly mostAway: number;
}

/** Looks at a search cluster without Fleetwright. */
export class Outside {
  readonly #cluster: OpenSearchCluster;
  readonly #stopping = new AbortController();
  readonly #order: string[] = [];
  readonly #managers: string[] = [];
  #manager = '';
  #mostAway = 0;
  readonly #counting: Promise<void>[] = [];
  #looking: Promise<void> = Promise.resolve();

  constructor(cluster: OpenSearchCluster) {
    this.#cluster = cluster;
  }

  start(): void {
    for (const machine of this.#cluster.machines) machine.onStop = () => this.#stops(machine);
    this.#looking = this.#look();
  }

  async stop(): Promise<Seen> {
    this.#stopping.abort();
    await this.#looking;
    await Promise.all(this.#counting);
    for (const machine of this.#cluster.machines) machine.onStop = () => undefined;
    return { order: this.#order, managersAtTurn: this.#managers, mostAway: this.#mostAway };
  }

  async makeIndex(name: string, shards: number): Promise<void> {
    await this.#ask(`/${name}`, 'PUT', { settings: { number_of_shards: shards, number_of_replicas: 1 } });
    await this.#cluster.untilGreen();
  }

  /** @returns those of the documents that are not there */
  async missing(index: string, ids: readonly string[]): Promise<readonly string[]> {
    const missing: string[] = [];
    for (let first = 0; first < ids.length; first += 500) {
      const docs = await this.#ask(`/${index}/_mget?_source=false`, 'POST', { ids: ids.slice(first, first + 500) });
      for (const { _id: id, found } of (docs as { docs: { _id: string; found: boolean }[] }).docs)
        if (!found) missing.push(id);
    }
    return missing;
  }

  async settings(): Promise<unknown> {
    return this.#ask('/_cluster/settings');
  }

  /** A node that is stopped is away; so are others that do not answer at that moment. */
  #stops(stopped: Machine): void {
    this.#order.push(stopped.options.name);
    this.#managers.push(this.#manager);
    const others = this.#cluster.machines.filter((machine) => machine !== stopped);
    this.#counting.push(
      (async () => {
        const answers = await Promise.all(others.map(answersAtAll));
        this.#mostAway = Math.max(this.#mostAway, 1 + answers.filter((answered) => !answered).length);
      })(),
    );
  }

  async #look(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#manager = (await this.#electedManager()) ?? this.#manager;
      await delay(200);
    }
  }

  async #electedManager(): Promise<string | undefined> {
    const found = await this.#ask('/_cat/cluster_manager?format=json&h=node').catch(() => undefined);
    return (found as { node?: string }[] | undefined)?.[0]?.node;
  }

  async #ask(path: string, method = 'GET', body?: object): Promise<unknown> {
    const request = {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    };
    const up = this.#cluster.machines.find(({ runs }) => runs) ?? this.#cluster.machines[0];
    const answer = await fetch(`${up?.url}${path}`, request);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}

async function answersAtAll({ url }: Machine): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
  return answer?.ok === true;
}
