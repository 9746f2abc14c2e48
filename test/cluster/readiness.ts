import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from './api.ts';
import { certificateFolder } from './components.ts';
import { ClusterError, messageOf } from './errors.ts';

const pollMs = 25;

/**
 * Repeats `attempt` until it returns a value. Throws NOT_READY, naming `what` and the last failure, after `timeoutMs`.
 */
async function poll<T>(what: string, timeoutMs: number, attempt: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last = 'no answer yet';
  do {
    try {
      const value = await attempt();
      if (value !== undefined) {
        return value;
      }
    } catch (error) {
      last = messageOf(error);
    }
    await delay(pollMs);
  } while (Date.now() < deadline);
  throw new ClusterError('NOT_READY', `${what} was not ready within ${timeoutMs / 1000} s (${last}).`);
}

/** Waits until etcd has elected itself and takes writes. */
export async function etcdReady(port: number, timeoutMs: number): Promise<void> {
  await poll('etcd', timeoutMs, async () => ((await plainStatus(port, '/health')) === 200 ? true : undefined));
}

/**
 * Waits for the certificate that the API server makes for itself and returns its issuer's PEM: the CA for clients to
 * trust.
 */
export async function issuerOfApiserver(folder: string, timeoutMs: number): Promise<string> {
  const file = join(certificateFolder(folder), 'apiserver.crt');
  return poll("the API server's certificate", timeoutMs, async () => {
    const chain =
      (await readFile(file, 'utf8')).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? [];
    return chain.find((pem) => new X509Certificate(pem).ca);
  });
}

/** Waits until the API server answers at all, ready or not: enough for its own clients to be started. */
export async function apiserverAnswers(api: ApiClient, timeoutMs: number): Promise<void> {
  await poll('the API server', timeoutMs, () => api.call('GET', '/livez'));
}

export async function apiserverReady(api: ApiClient, timeoutMs: number): Promise<void> {
  await poll('the API server', timeoutMs, async () => {
    const answer = await api.call('GET', '/readyz');
    if (answer.status !== 200) {
      throw new ClusterError('NOT_READY', `status ${answer.status}`);
    }
    return true;
  });
}

/** Pods need the account; the controller-manager makes it, so this shows that it works too. */
export async function defaultServiceAccount(api: ApiClient, timeoutMs: number): Promise<void> {
  const path = '/api/v1/namespaces/default/serviceaccounts?fieldSelector=metadata.name%3Ddefault';
  await api.watchUntil(
    path,
    'the service account "default" of the namespace "default" (kube-controller-manager makes it)',
    timeoutMs,
    () => true,
  );
}

function plainStatus(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, path, timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 1 s')));
    outgoing.once('error', reject);
    outgoing.end();
  });
}
