import type { RequestOptions } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';

import { KubeConfig } from '@kubernetes/client-node';

import { CredentialsError } from './errors.ts';

/** Reads the kubeconfig anew; called again when the server refuses what the last one yielded. */
export interface KubeConfigLoader {
  (): KubeConfig;
}

export interface TlsOptions extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> {
  rejectUnauthorized?: boolean;
  servername?: string;
}

/**
 * What a request needs to be let in. `fingerprint` changes when the TLS part does, so that connections are made anew.
 */
export interface Access {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
  readonly fingerprint: string;
}

/**
 * How long yielded credentials are used before asking client-node again: exec plug-ins and token files are cheap to
 * ask, not free.
 */
const freshFor = 10_000;

/**
 * KUBECONFIG, ~/.kube/config, or the pod's service account, in client-node's order; a path given explicitly comes
 * first.
 */
export function loadKubeConfig(path?: string): KubeConfig {
  const config = new KubeConfig();
  if (path === undefined) config.loadFromDefault();
  else config.loadFromFile(path);
  return config;
}

/**
 * Credentials as client-node yields them (tokens, token files, client certificates, exec plug-ins, OIDC), kept fresh.
 */
export class Credentials {
  readonly #load: KubeConfigLoader;
  #config: KubeConfig;
  #server: URL | undefined;
  #access: Promise<Access> | undefined;
  /** What the last read yielded. */
  #yielded: Access | undefined;
  #readAt = 0;

  /** @throws CredentialsError when the kubeconfig cannot be read */
  constructor(load: KubeConfigLoader) {
    this.#load = load;
    this.#config = this.#loaded();
  }

  get config(): KubeConfig {
    return this.#config;
  }

  /** @returns the server's URL. @throws CredentialsError when the kubeconfig names no cluster. */
  get server(): URL {
    // Asked at every call, and reading a URL takes longer than all else that is done before one is sent.
    this.#server ??= this.#readServer();
    return this.#server;
  }

  #readServer(): URL {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null)
      throw new CredentialsError(
        new Error('the kubeconfig has no current cluster: set KUBECONFIG to a file with a current-context'),
      );
    return new URL(cluster.server);
  }

  #loaded(): KubeConfig {
    try {
      return this.#load();
    } catch (error) {
      throw new CredentialsError(error);
    }
  }

  /** @throws CredentialsError; the next call tries again. */
  async get(): Promise<Access> {
    const now = performance.now();
    if (this.#access === undefined || now - this.#readAt > freshFor) {
      this.#readAt = now;
      this.#access = this.#read();
      // A plug-in that failed once must be asked again by the next caller, not after freshFor.
      this.#access.catch(() => this.invalidate());
    }
    return this.#access;
  }

  /**
   * The server refused these (401), or they made no connection: forget everything, caches inside client-node included,
   * and read the kubeconfig anew at the next call. Does nothing when others were yielded since: calls that fail
   * together ask an exec plug-in once.
   * @throws CredentialsError
   */
  renew(refused: Access): void {
    if (this.#yielded === undefined || !isDeepStrictEqual(this.#yielded, refused)) return;
    this.#yielded = undefined;
    this.invalidate();
    this.#server = undefined;
    this.#config = this.#loaded();
  }

  invalidate(): void {
    this.#access = undefined;
  }

  async #read(): Promise<Access> {
    const options: RequestOptions = {};
    try {
      await this.#config.applyToHTTPSOptions(options);
    } catch (error) {
      throw new CredentialsError(error);
    }
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {}))
      headers[name.toLowerCase()] = String(value).trim();
    if (typeof options.auth === 'string')
      headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    const { ca, cert, key, rejectUnauthorized, servername } = options;
    const tls: TlsOptions = {};
    if (ca !== undefined) tls.ca = ca;
    if (cert !== undefined) tls.cert = cert;
    if (key !== undefined) tls.key = key;
    if (rejectUnauthorized !== undefined) tls.rejectUnauthorized = rejectUnauthorized;
    if (servername !== undefined) tls.servername = servername;
    this.#yielded = {
      headers,
      tls,
      fingerprint: JSON.stringify([this.server.origin, String(ca), String(cert), servername, rejectUnauthorized]),
    };
    return this.#yielded;
  }
}
