import { readSettings, type Setting, type Settings } from '../kube/flags.ts';
import type { Caller } from './auth/caller.ts';
import { userProblem } from './auth/identity.ts';

/** What the operator of the facade sets. Flags win over environment variables. */
export interface FacadeConfig {
  readonly kubeconfig: string | undefined;
  /** Where the credentials and the counter of ids live. */
  readonly namespace: string;
  readonly host: string;
  readonly port: number;
  /** What TLS is served with; undefined: HTTP without TLS. */
  readonly tls: TlsFiles | undefined;
  readonly healthHost: string;
  readonly healthPort: number;
  /** How long (milliseconds) requests under way may take to end at shutdown. */
  readonly gracePeriod: number;
  readonly logLevel: string;
  /** The SQLite file that the recorder writes; undefined: no history. */
  readonly historyFile: string | undefined;
  /** Requests a minute that one caller may make; 0: any number. */
  readonly rateLimit: number;
  /** Milliseconds by which the process may lag behind before it turns requests away; 0: any. */
  readonly maxLag: number;
  readonly dispatch: DispatchConfig;
}

/** Two PEM files: the certificate, followed by those of its issuers, and its key. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

export interface DispatchConfig {
  /** Where the tasks of this API live. */
  readonly namespace: string;
  /** How calls are answered: as the document says, or as the original program did where the two differ. */
  readonly mode: 'documented' | 'original';
  /** Who callers are that show no token; undefined: such calls are refused. */
  readonly openAs: Caller | undefined;
  /** After how many seconds a finished task is deleted; undefined: never. */
  readonly ttlSeconds: number | undefined;
  /** The Secret with the SSH key of tasks made by this API. */
  readonly credentialsSecret: string | undefined;
}

/** Seconds: a day, in which every caller has asked what became of his task. */
const standardTtl = 86_400;
const maxTtl = 31_536_000;
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const settings = {
  kubeconfig: {
    variable: 'KUBECONFIG',
    value: 'FILE',
    fallback: '',
    help: "kubeconfig; else ~/.kube/config, else the pod's service account",
  },
  namespace: {
    variable: 'FLEETWRIGHT_NAMESPACE',
    value: 'NAME',
    fallback: 'fleetwright-system',
    help: 'namespace of the credentials of callers and of the counter that gives ids; it must exist',
  },
  host: {
    variable: 'FLEETWRIGHT_HOST',
    value: 'ADDRESS',
    fallback: '127.0.0.1',
    help: 'address to listen on; 0.0.0.0 in a pod, with TLS or behind something that ends TLS',
  },
  port: {
    variable: 'FLEETWRIGHT_PORT',
    value: 'PORT',
    fallback: '8080',
    help: 'port to listen on; 0 picks a free one',
  },
  'tls-certificate-file': {
    variable: 'FLEETWRIGHT_TLS_CERTIFICATE_FILE',
    value: 'FILE',
    fallback: '',
    help: 'PEM file with the certificate to serve HTTPS with, followed by those of its issuers; read again when it changes. Not set: HTTP',
  },
  'tls-key-file': {
    variable: 'FLEETWRIGHT_TLS_KEY_FILE',
    value: 'FILE',
    fallback: '',
    help: 'PEM file with its key, without a passphrase',
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
    fallback: '8082',
    help: 'their port; 0 picks a free one',
  },
  'grace-seconds': {
    variable: 'FLEETWRIGHT_GRACE_SECONDS',
    value: 'N',
    fallback: '20',
    help: 'how long requests under way may take to end at shutdown, 1 to 600',
  },
  'history-file': {
    variable: 'FLEETWRIGHT_HISTORY_FILE',
    value: 'FILE',
    fallback: '',
    help: 'SQLite file that the recorder writes, for tasks that were deleted; not set: no history',
  },
  'rate-limit': {
    variable: 'FLEETWRIGHT_RATE_LIMIT',
    value: 'N',
    fallback: '0',
    help: 'requests a minute that one caller may make, up to 1000000; 0: any number',
  },
  'max-lag-milliseconds': {
    variable: 'FLEETWRIGHT_MAX_LAG_MILLISECONDS',
    value: 'N',
    fallback: '500',
    help: 'by how much the process may lag behind, on average, before it turns requests away (503), up to 60000; 0: never',
  },
  'log-level': {
    variable: 'FLEETWRIGHT_LOG_LEVEL',
    value: 'LEVEL',
    fallback: 'info',
    help: `one of ${logLevels.join(', ')}`,
  },
  'dispatch-namespace': {
    variable: 'FLEETWRIGHT_DISPATCH_NAMESPACE',
    value: 'NAME',
    fallback: 'default',
    help: 'namespace of the tasks that the dispatch API makes; it must exist',
  },
  'dispatch-mode': {
    variable: 'FLEETWRIGHT_DISPATCH_MODE',
    value: 'MODE',
    fallback: 'documented',
    help: 'documented: the dispatch API answers as its document says; original: as the original program did, for its own clients',
  },
  'dispatch-open-as-user': {
    variable: 'FLEETWRIGHT_DISPATCH_OPEN_AS_USER',
    value: 'USER',
    fallback: '',
    help: 'lets everybody call the dispatch API without a token, as this Kubernetes user. For closed networks with old clients only: who reaches the port can do what this user may',
  },
  'dispatch-ttl-seconds': {
    variable: 'FLEETWRIGHT_DISPATCH_TTL_SECONDS',
    value: 'N',
    fallback: '',
    help: `how long after its end a task of the dispatch API is deleted, 0 to ${maxTtl}, or "never"; if not set ${standardTtl} with a history, which goes on to know the task, and else never`,
  },
  'dispatch-credentials-secret': {
    variable: 'FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET',
    value: 'NAME',
    fallback: '',
    help: 'Secret in the dispatch namespace with the SSH key of those tasks',
  },
} satisfies Record<string, Setting>;

type Flag = keyof typeof settings;

const namespaceName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const objectName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** How a setting is called in messages: its flag and its variable. */
export function named(flag: Flag): string {
  return `--${flag} (${settings[flag].variable})`;
}

/** @returns the configuration, or the help text when it was asked for. @throws ConfigError */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): FacadeConfig | string {
  const read = readSettings(
    'Runs the Fleetwright REST facade.\n\nusage: node apiserver/main.ts [flags]',
    settings,
    args,
    env,
  );
  if (typeof read === 'string') return read;
  const historyFile = read.optional('history-file');
  const matching = (flag: Flag, pattern: RegExp): string => {
    if (!pattern.test(read.text(flag)))
      throw read.wrong(flag, 'give the name of an object, of lower-case letters, digits and "-"');
    return read.text(flag);
  };
  return {
    kubeconfig: read.optional('kubeconfig'),
    namespace: matching('namespace', namespaceName),
    host: read.text('host'),
    port: read.whole('port', 0, 65_535),
    tls: readTls(read),
    healthHost: read.text('health-host'),
    healthPort: read.whole('health-port', 0, 65_535),
    gracePeriod: read.whole('grace-seconds', 1, 600) * 1000,
    logLevel: read.choice('log-level', logLevels),
    historyFile,
    rateLimit: read.whole('rate-limit', 0, 1_000_000),
    maxLag: read.whole('max-lag-milliseconds', 0, 60_000),
    dispatch: {
      namespace: matching('dispatch-namespace', namespaceName),
      mode: read.choice('dispatch-mode', ['documented', 'original']),
      openAs: readOpenAs(read),
      ttlSeconds: readTtl(read, historyFile !== undefined),
      credentialsSecret:
        read.optional('dispatch-credentials-secret') === undefined
          ? undefined
          : matching('dispatch-credentials-secret', objectName),
    },
  };
}

function readTls(read: Settings<Flag>): TlsFiles | undefined {
  const [certificate, key] = [read.optional('tls-certificate-file'), read.optional('tls-key-file')];
  if (certificate === undefined && key === undefined) return undefined;
  if (key === undefined)
    throw read.wrong(
      'tls-key-file',
      `give the file with the key of the certificate as well, or leave out ${named('tls-certificate-file')}`,
    );
  if (certificate === undefined)
    throw read.wrong(
      'tls-certificate-file',
      `give the file with the certificate of the key as well, or leave out ${named('tls-key-file')}`,
    );
  return { certificate, key };
}

function readOpenAs(read: Settings<Flag>): Caller | undefined {
  const user = read.optional('dispatch-open-as-user');
  if (user === undefined) return undefined;
  const problem = userProblem(user);
  if (problem !== undefined)
    throw read.wrong(
      'dispatch-open-as-user',
      `${problem}; give a user of your own, to whom a RoleBinding gives what callers shall be able to do`,
    );
  return { user, groups: [] };
}

function readTtl(read: Settings<Flag>, withHistory: boolean): number | undefined {
  const text = read.text('dispatch-ttl-seconds');
  if (text === 'never') return undefined;
  if (text === '') return withHistory ? standardTtl : undefined;
  if (!/^[0-9]+$/.test(text) || Number(text) > maxTtl)
    throw read.wrong('dispatch-ttl-seconds', `give a whole number from 0 to ${maxTtl}, or never`);
  return Number(text);
}
