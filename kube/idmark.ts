import { leases, type Lease } from './builtin.ts';
import type { Client } from './client.ts';
import { AlreadyExistsError, ConflictError, NotFoundError } from './errors.ts';
import { getIfThere } from './ifthere.ts';
import type { ObjectKey } from './objects.ts';

const annotation = 'ids-up-to';
/** One in so many ids costs a write. */
const headroom = 1000;

/**
 * No id above the mark was ever given. It is kept beside the counter, in an object of another type, so that a counter
 * that somebody deleted goes on where no id was given yet, whatever has become of the objects that had ids.
 */
export class IdMark {
  readonly #client: Client;
  readonly #key: ObjectKey;
  /** As far as we know: it never goes down. */
  #known = 0;

  /** @param key of the Lease */
  constructor(client: Client, key: ObjectKey) {
    this.#client = client;
    this.#key = key;
  }

  /** @returns 0 when there is none. @throws what Client throws */
  async read(): Promise<number> {
    return markOf(await this.#get());
  }

  /** Resolves when the mark is at this id or above. Call before the id is given. @throws what Client throws */
  async cover(id: number): Promise<void> {
    while (this.#known < id) {
      const lease = await this.#get();
      const mark = markOf(lease);
      this.#known = mark >= id ? mark : await this.#raise(lease, Math.ceil(id / headroom) * headroom);
    }
  }

  /** @returns the mark that stands now, 0 when somebody else was faster */
  async #raise(lease: Lease | undefined, mark: number): Promise<number> {
    const annotations = { ...lease?.metadata.annotations, [annotation]: String(mark) };
    try {
      if (lease === undefined) await this.#client.create(leases, { metadata: { ...this.#key, annotations }, spec: {} });
      else await this.#client.replace(leases, { ...lease, metadata: { ...lease.metadata, annotations } });
      return mark;
    } catch (error) {
      if (error instanceof AlreadyExistsError || error instanceof ConflictError || error instanceof NotFoundError)
        return 0;
      throw error;
    }
  }

  async #get(): Promise<Lease | undefined> {
    return getIfThere(this.#client, leases, this.#key);
  }
}

function markOf(lease: Lease | undefined): number {
  const text = lease?.metadata.annotations?.[annotation] ?? '';
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : 0;
}
