import { ApiError, ForbiddenError, TransportError } from './errors.ts';
import type { Transport } from './transport.ts';

/** Milliseconds for which an answer counts. */
const fresh = 5000;

const failing = /^\[-\](\S+)/gm;

/** Whether the API server and what it stands on, its store above all, say of themselves that they are ready. */
export class ServerReadiness {
  readonly #transport: Pick<Transport, 'call'>;
  #answer: { readonly at: number; readonly trouble: string | undefined } | undefined;

  constructor(transport: Pick<Transport, 'call'>) {
    this.#transport = transport;
  }

  /** @returns what is wrong, with the checks that fail by their names; undefined when nothing is */
  async trouble(now: Date): Promise<string | undefined> {
    if (this.#answer !== undefined && Math.abs(now.getTime() - this.#answer.at) < fresh) return this.#answer.trouble;
    const trouble = await this.#ask();
    this.#answer = { at: now.getTime(), trouble };
    return trouble;
  }

  async #ask(): Promise<string | undefined> {
    try {
      await this.#transport.call({ method: 'GET', path: '/readyz?verbose' });
      return undefined;
    } catch (error) {
      if (error instanceof ForbiddenError) return 'the controllers may not ask for /readyz: give them that right';
      if (error instanceof TransportError) return 'the API server does not answer';
      if (!(error instanceof ApiError)) throw error;
      const names = [...(error.status.message ?? '').matchAll(failing)].map(([, name]) => name);
      return names.length === 0
        ? `/readyz of the API server answers ${error.httpStatus}`
        : `/readyz of the API server says that ${names.join(', ')} fails`;
    }
  }
}
