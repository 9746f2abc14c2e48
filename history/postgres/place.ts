import { readFile } from 'node:fs/promises';

import type { PoolConfig } from 'pg';

import { HistoryError } from '../errors.ts';
import { messageOf } from '../../kube/thrown.ts';

/** Where the database is, and how it is reached. */
export interface PostgresPlace {
  /** As `placeProblem` lets it pass. */
  readonly url: string;
  /** Read anew for each connection, so that a password may change while the process runs. */
  readonly passwordFile?: string | undefined;
  /** PEM; without it the certificates that Node.js knows are trusted. */
  readonly caFile?: string | undefined;
  /** Connections that this process has open at most. */
  readonly connections: number;
}

const parameters: ReadonlySet<string> = new Set(['host', 'sslmode', 'options']);

/** @returns what is wrong with the address, and what to write; undefined when it can be used */
export function placeProblem(url: string): string | undefined {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
    return 'give it as postgres://USER@HOST:PORT/DATABASE';
  const { searchParams, pathname } = new URL(url);
  const unknown = [...searchParams.keys()].find((name) => !parameters.has(name));
  if (unknown !== undefined) return `remove ${unknown}: only ${[...parameters].join(', ')} may stand after the ?`;
  const mode = searchParams.get('sslmode');
  if (mode !== null && mode !== 'disable' && mode !== 'verify-full')
    return (
      'give sslmode as verify-full, which it is where nothing is said, or as disable: ' +
      `${mode} checks no certificate`
    );
  return pathname.length < 2 ? 'name the database: postgres://USER@HOST:PORT/DATABASE' : undefined;
}

/** The address as it may be shown: without the password. */
export function shownPlace({ url }: PostgresPlace): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}

/** As long (milliseconds) is waited for a connection. */
const connectionTimeout = 10_000;

/**
 * How the pool is made.
 * @param queryTimeout a statement that takes longer (milliseconds) has met a server that answers no more
 * @throws HistoryError when the certificates cannot be read
 */
export async function poolConfig(place: PostgresPlace, queryTimeout: number): Promise<PoolConfig> {
  const { url, passwordFile, caFile, connections } = place;
  const { hostname, port, pathname, username, password, searchParams } = new URL(url);
  const host = searchParams.get('host') ?? decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1');
  const options = searchParams.get('options');
  const plain = searchParams.get('sslmode') === 'disable' || host.startsWith('/');
  const ca = caFile === undefined ? {} : { ca: await contentOf(caFile, 'the certificates') };
  return {
    host,
    ...(port === '' ? {} : { port: Number(port) }),
    database: decodeURIComponent(pathname.slice(1)),
    ...(username === '' ? {} : { user: decodeURIComponent(username) }),
    ...(passwordFile === undefined
      ? password === ''
        ? {}
        : { password: decodeURIComponent(password) }
      : { password: async () => (await contentOf(passwordFile, 'the password')).trimEnd() }),
    ssl: plain ? false : { rejectUnauthorized: true, ...ca },
    ...(options === null ? {} : { options }),
    application_name: 'fleetwright',
    max: connections,
    connectionTimeoutMillis: connectionTimeout,
    idleTimeoutMillis: 60_000,
    query_timeout: queryTimeout,
    keepAlive: true,
  };
}

async function contentOf(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new HistoryError('HISTORY_REFUSED', `${what} for the history cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
