import { ConfigError, type Setting, type Settings } from '../kube/flags.ts';
import { placeProblem, type PostgresPlace } from './postgres/place.ts';

/** Where a history is kept: in a SQLite file of this machine, or in a PostgreSQL database. */
export type HistoryPlace = { readonly file: string } | PostgresPlace;

/** By which recorder and facades are told where the history is. */
export const historySettings = {
  'history-file': {
    variable: 'FLEETWRIGHT_HISTORY_FILE',
    value: 'FILE',
    fallback: '',
    help:
      'history in this SQLite file, on a local disk; made with its folder when it is not there. ' +
      'The same for the recorder and for facades, all on this machine',
  },
  'history-url': {
    variable: 'FLEETWRIGHT_HISTORY_URL',
    value: 'URL',
    fallback: '',
    help:
      'history in this PostgreSQL database instead: postgres://USER@HOST:PORT/DATABASE. TLS with a certificate ' +
      'that is checked, unless it ends in ?sslmode=disable',
  },
  'history-password-file': {
    variable: 'FLEETWRIGHT_HISTORY_PASSWORD_FILE',
    value: 'FILE',
    fallback: '',
    help: "the database user's password; read anew for each connection",
  },
  'history-ca-file': {
    variable: 'FLEETWRIGHT_HISTORY_CA_FILE',
    value: 'FILE',
    fallback: '',
    help: "certificates (PEM) of the authorities that may have signed the database's; else those that Node.js knows",
  },
  'history-connections': {
    variable: 'FLEETWRIGHT_HISTORY_CONNECTIONS',
    value: 'N',
    fallback: '5',
    help: 'connections to the database at most, 1 to 100',
  },
} satisfies Record<string, Setting>;

type Flag = keyof typeof historySettings;

/** @returns undefined when none is given. @throws ConfigError */
export function readHistoryPlace(read: Settings<Flag>): HistoryPlace | undefined {
  const [file, url] = [read.optional('history-file'), read.optional('history-url')];
  const [passwordFile, caFile] = [read.optional('history-password-file'), read.optional('history-ca-file')];
  if (url !== undefined && file !== undefined)
    throw new ConfigError(
      `${read.named('history-file')} and ${read.named('history-url')} exclude each other: give one`,
    );
  if (url === undefined) return file === undefined ? undefined : { file };
  const problem = placeProblem(url);
  // The address may hold a password: it is not shown.
  if (problem !== undefined) throw new ConfigError(`${read.named('history-url')} cannot be used: ${problem}`);
  return { url, passwordFile, caFile, connections: read.whole('history-connections', 1, 100) };
}
