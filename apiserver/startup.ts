import type { Logger } from 'pino';

import { HistoryError } from '../history/errors.ts';
import { openHistoryAt } from '../history/open.ts';
import type { HistoryPlace } from '../history/settings.ts';
import type { HistoryReader } from '../history/store.ts';
import { namespaces } from '../kube/builtin.ts';
import type { Client } from '../kube/client.ts';
import { ApiError, NotFoundError, TransportError } from '../kube/errors.ts';
import { ConfigError } from '../kube/flags.ts';
import { messageOf } from '../kube/thrown.ts';
import type { RequiredNamespace } from './api.ts';
import { named } from './config.ts';

/**
 * Only what is known to be missing ends the start; an API server that is still starting is waited for by the caches.
 * @throws ConfigError
 */
export async function checkNamespace(client: Client, { name, setting }: RequiredNamespace, log: Logger): Promise<void> {
  try {
    await client.get(namespaces, { name });
  } catch (error) {
    if (error instanceof NotFoundError)
      throw new ConfigError(
        `${setting}: there is no namespace ${name}; create it with: kubectl create namespace ${name}`,
      );
    if (!(error instanceof ApiError || error instanceof TransportError)) throw error;
    log.warn({ namespace: name, err: error }, 'whether the namespace exists cannot be seen');
  }
}

/** @returns what `promise` does. @throws ConfigError that names the flag when it cannot listen there */
export async function listening<T>(
  promise: Promise<T>,
  flag: 'port' | 'health-port',
  host: string,
  port: number,
): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE')
      throw new ConfigError(
        `${named(flag)}: another program listens on ${host} port ${port}; give another port, or 0 for a free one`,
      );
    throw new ConfigError(`${named(flag)}: cannot listen on ${host} port ${port}: ${messageOf(error)}`);
  }
}

/** A history that can be closed. */
export interface OpenHistory extends HistoryReader {
  close(): Promise<void>;
}

/** @returns the history; undefined when none is configured. @throws ConfigError */
export async function openConfiguredHistory(place: HistoryPlace | undefined): Promise<OpenHistory | undefined> {
  if (place === undefined) return undefined;
  try {
    return await openHistoryAt(place, { readOnly: true });
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    throw new ConfigError(`${named('file' in place ? 'history-file' : 'history-url')}: ${error.message}`);
  }
}

/** Resolves when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
