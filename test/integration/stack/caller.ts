import { curl, type CurlAnswer } from './curl.ts';
import { token } from '../apiserver/process.ts';

export interface Call {
  /** `1-1` if not given. */
  readonly correlation?: string;
  /** `orion` if not given. */
  readonly source?: string;
  /** Headers in place of all of ours. */
  readonly headers?: readonly string[];
}

/** A client of the dispatch API that knows nothing of us but the document: curl, and a token. */
export class Caller {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** @param body an object, or a text that is sent as it is */
  async post(
    path: string,
    body: object | string,
    { correlation = '1-1', source = 'orion', headers }: Call = {},
  ): Promise<CurlAnswer> {
    const usual = [
      'Content-type: application/json',
      `X-CORRELATION-ID:${correlation}`,
      `X-RESOURCE:${source}`,
      `Authorization: Bearer ${token}`,
    ];
    return curl(`${this.#url}${path}`, headers ?? usual, typeof body === 'string' ? body : JSON.stringify(body));
  }

  /** Posts what has to succeed. @returns the id in the answer */
  async submit(path: '/api/run' | '/api/parallel_run', body: object, call: Call = {}): Promise<number> {
    const { status, body: answer } = await this.post(path, body, call);
    const id = (answer as { readonly content?: { readonly id?: unknown } }).content?.id;
    if (status !== 200 || typeof id !== 'number')
      throw new Error(`${path} answered ${status} ${JSON.stringify(answer)}`);
    return id;
  }
}
