import { ConfigError, readSettings, type Setting } from '../kube/flags.ts';
import { historySettings, readHistoryPlace, type HistoryPlace } from './settings.ts';

/** What the operator of the recorder sets. Flags win over environment variables. */
export interface RecorderConfig {
  /** Take our finalizer from all objects, and end. */
  readonly uninstall: boolean;
  readonly kubeconfig: string | undefined;
  /** undefined only with `uninstall`. */
  readonly history: HistoryPlace | undefined;
  /** Copy this SQLite file into the database, and end. */
  readonly copyFrom: string | undefined;
  /** Where this process keeps its lease. */
  readonly namespace: string;
  readonly watchNamespace: string | undefined;
  /** Days for which the details of a record are kept after its end; 0: for ever. */
  readonly retentionDays: number;
  readonly leaderElection: boolean;
  readonly leaseDurationSeconds: number;
  readonly healthHost: string;
  readonly healthPort: number;
  readonly logLevel: string;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const settings = {
  kubeconfig: {
    variable: 'KUBECONFIG',
    value: 'FILE',
    fallback: '',
    help: "kubeconfig; else ~/.kube/config, else the pod's service account",
  },
  ...historySettings,
  'copy-from': {
    variable: 'FLEETWRIGHT_HISTORY_COPY_FROM',
    value: 'FILE',
    fallback: '',
    help:
      'copies the history of this SQLite file into the database of --history-url, ' +
      'which must have none yet, and ends',
  },
  namespace: {
    variable: 'FLEETWRIGHT_NAMESPACE',
    value: 'NAME',
    fallback: 'fleetwright-system',
    help: 'namespace of the leader lease; it must exist',
  },
  'watch-namespace': {
    variable: 'FLEETWRIGHT_WATCH_NAMESPACE',
    value: 'NAME',
    fallback: '',
    help: 'record the objects of this namespace only, so no ClusterStages; all when empty',
  },
  'history-retention-days': {
    variable: 'FLEETWRIGHT_HISTORY_RETENTION_DAYS',
    value: 'N',
    fallback: '365',
    help:
      'how long results, logs, nodes and operations are kept after the end of a record; 0: for ever. ' +
      'Its name and its id stay known',
  },
  'leader-election': {
    variable: 'FLEETWRIGHT_LEADER_ELECTION',
    value: 'true|false',
    fallback: 'true',
    help: 'false only where nothing else can run a second copy',
  },
  'lease-duration-seconds': {
    variable: 'FLEETWRIGHT_LEASE_DURATION_SECONDS',
    value: 'N',
    fallback: '15',
    help: 'how long a lost leader holds up the next one, 3 to 600',
  },
  'health-host': {
    variable: 'FLEETWRIGHT_HEALTH_HOST',
    value: 'ADDRESS',
    fallback: '127.0.0.1',
    help: 'where /healthz, /readyz and /metrics are served; 0.0.0.0 in a pod',
  },
  'health-port': {
    variable: 'FLEETWRIGHT_HEALTH_PORT',
    value: 'PORT',
    fallback: '8083',
    help: 'their port; 0 picks a free one',
  },
  'log-level': {
    variable: 'FLEETWRIGHT_LOG_LEVEL',
    value: 'LEVEL',
    fallback: 'info',
    help: `one of ${logLevels.join(', ')}`,
  },
} satisfies Record<string, Setting>;

const usage = `Records how objects ended, with their logs, so that they stay known after their deletion.

usage: node history/main.ts [flags]
       node history/main.ts --uninstall [flags]

  --uninstall
      releases all objects that wait to be recorded, and ends. For when no recorder will run any more: stop it first`;

/** @returns the configuration, or the help text when it was asked for. @throws ConfigError */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): RecorderConfig | string {
  const uninstall = args.includes('--uninstall');
  const read = readSettings(
    usage,
    settings,
    args.filter((arg) => arg !== '--uninstall'),
    env,
  );
  if (typeof read === 'string') return read;
  const history = readHistoryPlace(read);
  if (!uninstall && history === undefined)
    throw new ConfigError(
      `${read.named('history-file')} is not set: name the SQLite file to record to, for example ` +
        `/var/lib/fleetwright/history.sqlite, or a PostgreSQL database by ${read.named('history-url')}`,
    );
  const copyFrom = read.optional('copy-from');
  if (copyFrom !== undefined && read.optional('history-url') === undefined)
    throw new ConfigError(`${read.named('history-url')} is not set: name the database to copy ${copyFrom} into`);
  return {
    uninstall,
    kubeconfig: read.optional('kubeconfig'),
    history,
    copyFrom,
    namespace: read.text('namespace'),
    watchNamespace: read.optional('watch-namespace'),
    retentionDays: read.whole('history-retention-days', 0, 36_500),
    leaderElection: read.choice('leader-election', ['true', 'false']) === 'true',
    leaseDurationSeconds: read.whole('lease-duration-seconds', 3, 600),
    healthHost: read.text('health-host'),
    healthPort: read.whole('health-port', 0, 65_535),
    logLevel: read.choice('log-level', logLevels),
  };
}
