import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { ClusterError } from './errors.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

export interface ApiAccess {
  readonly url: string;
  readonly token: string;
  readonly caPem: string;
}

/**
 * The few calls that starting a control plane takes. Not the runtime's client: the tests of that one stand on this
 * code.
 */
export class ApiClient {
  readonly #access: ApiAccess;
  readonly #agent: Agent;

  constructor(access: ApiAccess) {
    this.#access = access;
    this.#agent = new Agent({ keepAlive: true, ca: access.caPem });
  }

  async call(method: 'GET' | 'POST', path: string, body?: object): Promise<ApiAnswer> {
    const response = await this.#open(method, path, body, AbortSignal.timeout(10_000));
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response) {
      text += String(chunk);
    }
    return { status: response.statusCode ?? 0, body: text };
  }

  /**
   * Watches a collection from now, with all present objects first, until `accept` says yes to an object. Throws
   * ClusterError NOT_READY, naming `what`, after `timeoutMs`.
   */
  async watchUntil(path: string, what: string, timeoutMs: number, accept: (object: unknown) => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const query = `${path.includes('?') ? '&' : '?'}watch=1&allowWatchBookmarks=false`;
      const response = await this.#open('GET', path + query, undefined, deadline);
      for await (const object of watchedObjects(response)) {
        if (accept(object)) {
          response.destroy();
          return;
        }
      }
    } catch (error) {
      throw new ClusterError('NOT_READY', `Gave up waiting for ${what}.`, { cause: error });
    }
    throw new ClusterError('NOT_READY', `The API server ended the watch while waiting for ${what}.`);
  }

  close(): void {
    this.#agent.destroy();
  }

  #open(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(path, this.#access.url),
        {
          method,
          agent: this.#agent,
          signal,
          headers: { authorization: `Bearer ${this.#access.token}`, 'content-type': 'application/json' },
        },
        resolve,
      );
      outgoing.once('error', reject);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

async function* watchedObjects(response: IncomingMessage): AsyncGenerator {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event: unknown = JSON.parse(line);
      if (typeof event === 'object' && event !== null && 'object' in event) {
        yield event.object;
      }
    }
  }
}
