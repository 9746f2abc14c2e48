import { tokenReviews } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { AnswersCache } from './answers-cache.ts';
import { digestOf } from './digest.ts';
import type { Caller } from './caller.ts';
import { callerFrom } from './identity.ts';

/** Three parts in base64url with dots between: what the API server's own tokens look like. */
const jwt = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/** Questions under way at once; whoever sends made-up tokens must not keep the API server busy, nor fill our memory. */
const maxAsking = 20;
const maxKnown = 10_000;

/** Asks the API server whose a Kubernetes token is. Of a token only its SHA-256 is kept. */
export class TokenReviews {
  readonly #client: Pick<Client, 'create'>;
  readonly #answers = new AnswersCache<Caller | undefined>();
  /** Digests of tokens that were good once. */
  readonly #wereGood = new Set<string>();
  #asking = 0;

  constructor(client: Pick<Client, 'create'>) {
    this.#client = client;
  }

  /**
   * @param onlyKnown ask about tokens that were good before only: for callers who have shown too many wrong ones
   * @returns whose token it is; undefined: nobody's; `busy`: too many are being asked about. @throws what Client.create
   * throws
   */
  async find(token: string, onlyKnown: boolean): Promise<Caller | undefined | 'busy'> {
    if (!jwt.test(token)) return undefined;
    const digest = digestOf(token).toString('base64');
    const now = performance.now();
    const known = this.#answers.known(digest, now);
    if (known !== undefined) return known;
    const wasGood = this.#wereGood.has(digest);
    if (onlyKnown && !wasGood) return undefined;
    if (this.#asking >= maxAsking && !wasGood) return 'busy';
    return this.#answers.get(digest, now, () => this.#ask(token, digest));
  }

  async #ask(token: string, digest: string): Promise<Caller | undefined> {
    this.#asking += 1;
    try {
      const { status } = await this.#client.create(tokenReviews, { metadata: { name: '' }, spec: { token } });
      const username = status?.user?.username ?? '';
      this.#wereGood.delete(digest);
      if (status?.authenticated !== true || username === '') return undefined;
      this.#remember(digest);
      return callerFrom(username, status.user?.groups ?? []);
    } finally {
      this.#asking -= 1;
    }
  }

  #remember(digest: string): void {
    this.#wereGood.add(digest);
    const [oldest] = this.#wereGood;
    if (this.#wereGood.size > maxKnown && oldest !== undefined) this.#wereGood.delete(oldest);
  }
}
