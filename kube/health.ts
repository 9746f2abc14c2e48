import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** @returns undefined when all is well, else what is wrong. */
export interface Check {
  (): string | undefined;
}

export interface HealthOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly host?: string;
  /** By name. `ready` decides whether traffic is sent here, `live` whether the process is restarted. */
  readonly live?: Readonly<Record<string, Check>>;
  readonly ready?: Readonly<Record<string, Check>>;
  /** The body of /metrics. */
  readonly metrics: () => Promise<string>;
}

/** Serves /healthz, /readyz and /metrics, as probes and Prometheus expect them. */
export class HealthServer {
  readonly #server: Server;
  readonly #options: HealthOptions;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#answer(request.url ?? '').then(
        ({ status, body }) =>
          response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(body),
        () => response.writeHead(500).end(),
      );
    });
    // Probes must not keep a process from ending.
    this.#server.unref();
  }

  /** @returns the port it listens on. */
  async listen(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(this.#options.port, this.#options.host, resolve);
    await promise;
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(url: string): Promise<{ status: number; body: string }> {
    const path = url.split('?')[0];
    if (path === '/healthz') return report(this.#options.live ?? {});
    if (path === '/readyz') return report(this.#options.ready ?? {});
    if (path === '/metrics') return { status: 200, body: await this.#options.metrics() };
    return { status: 404, body: 'try /healthz, /readyz or /metrics\n' };
  }
}

function report(checks: Readonly<Record<string, Check>>): { status: number; body: string } {
  const lines = Object.entries(checks).map(([name, check]) => ({ name, problem: check() }));
  const failed = lines.some(({ problem }) => problem !== undefined);
  const body = lines.map(({ name, problem }) => (problem === undefined ? `[+] ${name} ok` : `[-] ${name}: ${problem}`));
  return { status: failed ? 503 : 200, body: `${[...body, failed ? 'not ok' : 'ok'].join('\n')}\n` };
}
