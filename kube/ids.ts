import type { Client } from './client.ts';
import { AlreadyExistsError, ConflictError, NotFoundError } from './errors.ts';
import { configMaps, type ConfigMap } from './builtin.ts';

/**
 * Integer ids from one counter object: unique and increasing with any number of processes, never reused, since the counter outlives what
 * the ids were given to. Concurrent callers in one process are served by one update.
 */
export class IdCounter {
  readonly #client: Client;
  readonly #key: { readonly namespace: string; readonly name: string };
  readonly #highest: () => Promise<number>;
  #waiting: PromiseWithResolvers<number>[] = [];
  #running = false;

  /** @param highest the highest id in use, asked for when there is no counter: somebody may have deleted it */
  constructor(client: Client, namespace: string, name: string, highest: () => Promise<number> = async () => 0) {
    this.#client = client;
    this.#key = { namespace, name };
    this.#highest = highest;
  }

  /** @returns an id that nobody was ever given, 1 or above. */
  async next(): Promise<number> {
    const waiting = Promise.withResolvers<number>();
    this.#waiting.push(waiting);
    if (!this.#running) void this.#serve();
    return waiting.promise;
  }

  async #serve(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const last = await this.#reserve(batch.length);
        batch.forEach(({ resolve }, index) => resolve(last - batch.length + 1 + index));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = false;
  }

  /** @returns the last of `count` ids reserved. */
  async #reserve(count: number): Promise<number> {
    for (;;) {
      const counter = await this.#read();
      const last = parseLast(counter) + count;
      try {
        await this.#client.replace(configMaps, { ...counter, data: { ...counter.data, last: String(last) } });
        return last;
      } catch (error) {
        // Somebody else took ids in between; theirs are not ours.
        if (!(error instanceof ConflictError)) throw error;
      }
    }
  }

  async #read(): Promise<ConfigMap> {
    try {
      return await this.#client.get(configMaps, this.#key);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    try {
      return await this.#client.create(configMaps, { metadata: this.#key, data: { last: String(await this.#highest()) } });
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      return this.#client.get(configMaps, this.#key);
    }
  }
}

function parseLast(counter: ConfigMap): number {
  const text = counter.data?.['last'] ?? '';
  const last = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  // Starting over at 1 would hand out ids a second time.
  if (!Number.isSafeInteger(last)) throw new Error(`ConfigMap ${counter.metadata.namespace}/${counter.metadata.name}: data.last must be the last id given, a whole number; set it to at least the highest id in use`);
  return last;
}
