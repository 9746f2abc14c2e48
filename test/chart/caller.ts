import { vi } from 'vitest';

import type { Installed } from './installed.ts';

/** Calls of the dispatch API by one caller; each is to succeed. */
export class Caller {
  readonly #site: Installed;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(site: Installed, who: string, authorization: string) {
    this.#site = site;
    this.#headers = { authorization, 'x-correlation-id': `1-${who}` };
  }

  /** @returns the body of the answer. @throws Error with the answer, unless it is 200 */
  async post(path: string, body: object): Promise<object> {
    const { status, body: answer } = await this.#site.facade.post(path, body, this.#headers);
    if (status !== 200) throw new Error(`${path} was answered ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  async run(path: '/api/run' | '/api/parallel_run', name: string, content: string): Promise<void> {
    const nodes = path === '/api/run' ? ['localhost'] : ['localhost', '127.0.0.1'];
    await this.post(path, { name, nodes, content });
  }

  /** Resolves when the task is reported so: 2 when it has succeeded, 4 when it was stopped. */
  async becomes(name: string, status: 2 | 4): Promise<void> {
    await vi.waitFor(
      async () => {
        const answer = JSON.stringify(await this.post('/api/check', { name }));
        if (!answer.includes(`"status":${status}`)) throw new Error(`${name} is not ${status} yet: ${answer}`);
      },
      { timeout: 120_000, interval: 500 },
    );
  }

  /** What is said of a name and of an id that nobody has: these the API server is asked for. */
  async missing(): Promise<readonly unknown[]> {
    const asked = [{ name: 'nobody made it' }, { id: 987_654_321 }];
    const answers = asked.map(async (body) => this.#site.facade.post('/api/check', body, this.#headers));
    return (await Promise.all(answers)).map(({ body }) => body.message);
  }

  /** How many lines of the log tell of a step that went well. */
  async linesOk(): Promise<number> {
    return JSON.stringify(await this.post('/api/getlog', { source: 'hubble' })).split('reuslt = ok').length - 1;
  }
}
