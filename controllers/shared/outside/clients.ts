import { createHash } from 'node:crypto';

import { OutsideClient, type OutsideOptions } from './client.ts';

/**
 * Connections to outside systems, by the key of the object that names them: kept between passes while nothing of them
 * changes.
 */
export class OutsideClients {
  readonly #clients = new Map<string, { readonly fingerprint: string; readonly client: OutsideClient }>();

  of(key: string, options: OutsideOptions): OutsideClient {
    const fingerprint = createHash('sha256').update(JSON.stringify(options)).digest('hex');
    const known = this.#clients.get(key);
    if (known?.fingerprint === fingerprint) return known.client;
    this.forget(key);
    const client = new OutsideClient(options);
    this.#clients.set(key, { fingerprint, client });
    return client;
  }

  /** The object is gone, or works no more. */
  forget(key: string): void {
    void this.#clients.get(key)?.client.close();
    this.#clients.delete(key);
  }
}
