import { setTimeout as delay } from 'node:timers/promises';

/** What a writer and a reader saw while they were at it all the time. */
export interface LoadReport {
  /** Ids of documents whose writing was acknowledged. */
  readonly acknowledged: readonly string[];
  readonly searches: number;
  /** Calls that were made again: a connection failed, a node was stopped in mid-search, there was no manager. */
  readonly retried: number;
  /** Searches that failed, or that did not look at every shard. */
  readonly partial: readonly string[];
}

interface Shards {
  readonly total: number;
  readonly successful: number;
  readonly failed: number;
  readonly failures?: readonly { readonly reason: { readonly type: string } }[];
}

/** How OpenSearch says that a node went away while it had a part of the search. */
const cutOff = new Set([
  'search_context_missing_exception',
  'node_closed_exception',
  'node_disconnected_exception',
  'node_not_connected_exception',
]);

function isCutOff({ reason }: { readonly reason: { readonly type: string } }): boolean {
  return cutOff.has(reason.type);
}

/** Milliseconds between two calls of the writer, and of the reader. */
const pace = 40;

/** Writes into an index and searches it until it is stopped, as a client of the cluster that knows all its nodes. */
export class Load {
  readonly #urls: readonly string[];
  readonly #index: string;
  readonly #stopping = new AbortController();
  readonly #acknowledged: string[] = [];
  readonly #partial: string[] = [];
  #searches = 0;
  #retried = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(urls: readonly string[], index: string) {
    this.#urls = urls;
    this.#index = index;
  }

  start(): void {
    this.#running = Promise.all([this.#write(), this.#read()]);
  }

  async stop(): Promise<LoadReport> {
    this.#stopping.abort();
    await this.#running;
    const [acknowledged, partial] = [this.#acknowledged, this.#partial];
    return { acknowledged, partial, searches: this.#searches, retried: this.#retried };
  }

  async #write(): Promise<void> {
    for (let number = 1; !this.#stopping.signal.aborted; number += 1) {
      const id = `doc-${number}`;
      const answer = await this.#call(number, 'PUT', `/${this.#index}/_doc/${id}?timeout=20s`, { number });
      if (answer !== undefined) this.#acknowledged.push(id);
      await delay(pace);
    }
  }

  async #read(): Promise<void> {
    for (let number = 1; !this.#stopping.signal.aborted; number += 1) {
      const path = `/${this.#index}/_search?size=1`;
      const answer = await this.#call(number, 'POST', path, { query: { match_all: {} } });
      if (answer !== undefined) this.#judge(answer);
      await delay(pace);
    }
  }

  /** A search of a cluster that lacks a shard is answered as if all were well, but for this number. */
  #judge(answer: Readonly<Record<string, unknown>>): void {
    const shards = answer['_shards'] as Shards;
    // The node was stopped between the two parts of the search: as a connection that breaks, tried again.
    if (shards.failures?.length === shards.failed && shards.failures.every(isCutOff)) {
      this.#retried += 1;
      return;
    }
    this.#searches += 1;
    if (answer['timed_out'] !== false || shards.successful !== shards.total || shards.failed > 0)
      this.#partial.push(JSON.stringify(shards));
  }

  /** @returns undefined when it was stopped before an answer came */
  async #call(
    first: number,
    method: string,
    path: string,
    body: object,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    for (let attempt = first; !this.#stopping.signal.aborted; attempt += 1) {
      const url = `${this.#urls[attempt % this.#urls.length]}${path}`;
      const headers = { 'content-type': 'application/json' };
      const request = { method, headers, body: JSON.stringify(body), signal: AbortSignal.timeout(30_000) };
      const answer = await fetch(url, request).catch(() => undefined);
      const text = await answer?.text().catch(() => undefined);
      if (answer !== undefined && text !== undefined && answer.status < 300)
        return JSON.parse(text) as Readonly<Record<string, unknown>>;
      // A cluster without a manager says so (503); what else it refuses is a fault.
      if (answer !== undefined && answer.status !== 503) this.#partial.push(`${answer.status} ${text?.slice(0, 200)}`);
      this.#retried += 1;
      await delay(100);
    }
    return undefined;
  }
}
