import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadKubeConfig } from '../../../kube/credentials.ts';

/** What to do with an answer of the API server before the client has seen any of it. Rejecting cuts the connection. */
export interface OnAnswer {
  (method: string, path: string, status: number): Promise<void>;
}

export interface Proxy {
  /** Leads through the proxy, with no credentials in it: the proxy has them. */
  readonly kubeconfigPath: string;
  close(): Promise<void>;
}

export interface HoldingProxy extends Proxy {
  /** Resolves when the API server has made an AgentTask, of which nobody else is told before `release`. */
  readonly arrived: Promise<void>;
  release(): void;
}

/** Keeps the answer to the creation of AgentTasks. */
export async function startHoldingProxy(kubeconfigPath: string): Promise<HoldingProxy> {
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const proxy = await startProxy(kubeconfigPath, async (method, path) => {
    if (method !== 'POST' || !path.includes('/agenttasks')) return;
    arrived.resolve();
    await released.promise;
  });
  return { ...proxy, arrived: arrived.promise, release: released.resolve };
}

/**
 * Stands between a process and a real API server, so that a test can act between what was done there and the news of
 * it.
 */
export async function startProxy(kubeconfigPath: string, onAnswer: OnAnswer): Promise<Proxy> {
  const config = loadKubeConfig(kubeconfigPath);
  const target = new URL(config.getCurrentCluster()?.server ?? '');
  const access: RequestOptions = {};
  await config.applyToHTTPSOptions(access);

  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { method = '', url = '' } = incoming;
    // Headers that come several times, as the groups of an impersonated user do, must stay several.
    const headers = { ...incoming.headersDistinct, ...(access.headers as Record<string, string>), host: target.host };
    const upstream = request(
      { ...access, host: target.hostname, port: target.port, method, path: url, headers },
      (answer) => {
        const status = answer.statusCode ?? 0;
        onAnswer(method, url, status).then(
          () => answer.pipe(outgoing.writeHead(status, answer.headers)),
          () => outgoing.destroy(),
        );
      },
    );
    // Either side may go away at any time; that is what the proxy is for.
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  };
  const server = createServer(forward);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-proxy-'));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, JSON.stringify(kubeconfig(`http://127.0.0.1:${port}`)));
  return {
    kubeconfigPath: path,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(folder, { recursive: true });
    },
  };
}

function kubeconfig(server: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    // Without this the client refuses to speak plain HTTP, which the proxy does on the loopback interface only.
    clusters: [{ name: 'proxy', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: 'nobody' } }],
    'current-context': 'proxy',
  };
}
