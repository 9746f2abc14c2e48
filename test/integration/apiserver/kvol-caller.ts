import { randomBytes } from 'node:crypto';

import { credentialManifests } from '../../../apiserver/credential/manifests.ts';
import { kvolCallers } from '../../../apiserver/kvol/callers.ts';
import { kvolKind } from '../../../apiserver/kvol/credential.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { testCluster } from '../../cluster/testing.ts';
import { applyManifests } from './credentials.ts';

export interface KvolAnswer {
  readonly status: number;
  /** As the header Content-Type says; empty without a body. */
  readonly type: string;
  /** Undefined: none. */
  readonly body: unknown;
}

/** What his user may do: all that the API offers, only look, or nothing at all. */
export type KvolRights = 'all' | 'reading' | 'none';

/** A caller of the kvol API with a credential of his own, who gets himself a token for each call. */
export class KvolCaller {
  readonly user: string;
  readonly name: string;
  readonly key: string;
  readonly #url: () => string;

  private constructor(url: () => string, user: string, { name = '', key = '' }: Readonly<Record<string, string>>) {
    this.#url = url;
    this.user = user;
    this.name = name;
    this.key = key;
  }

  /**
   * @param url asked for at each call: a facade that is started afterwards knows him from its beginning
   * @param namespace of the facade, its credentials and its recoveries
   */
  static async open(url: () => string, namespace: string, rights: KvolRights = 'all'): Promise<KvolCaller> {
    const user = `caller-${randomBytes(4).toString('hex')}`;
    const credential = kvolKind.make();
    const request = {
      name: user,
      callers: kvolCallers,
      credential,
      user,
      namespace,
      taskNamespaces: [namespace],
      readOnly: rights === 'reading',
    };
    const manifests = credentialManifests(request);
    await applyManifests(rights === 'none' ? manifests.filter(({ kind }) => kind === 'Secret') : manifests);
    return new KvolCaller(url, user, credential.data);
  }

  /** Takes away what is not in the namespace. */
  async close(): Promise<void> {
    const mine = `fleetwright.io/credential-name=${this.user}`;
    await mustKubectl(testCluster(), ['delete', 'clusterrole,clusterrolebinding', '-l', mine]);
  }

  async get(path: string): Promise<KvolAnswer> {
    return this.getAs(`gabianet:${await this.token()}`, path);
  }

  /** @throws Error unless one is given */
  async token(): Promise<string> {
    const { status, body } = await this.getAs(`${this.name}:${this.key}`, '/api/token');
    if (status !== 200) throw new Error(`a token was answered with ${status} ${JSON.stringify(body)}`);
    return (body as { readonly token: string }).token;
  }

  /** @param as user and password, with a colon between them */
  async getAs(as: string, path: string): Promise<KvolAnswer> {
    const authorization = `Basic ${Buffer.from(as).toString('base64')}`;
    return this.send(path, { headers: { authorization } });
  }

  async send(path: string, request: RequestInit): Promise<KvolAnswer> {
    const answer = await fetch(`${this.#url()}${path}`, request);
    const text = await answer.text();
    return {
      status: answer.status,
      type: answer.headers.get('content-type') ?? '',
      body: text === '' ? undefined : JSON.parse(text),
    };
  }
}
