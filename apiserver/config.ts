import { historySettings, readHistoryPlace, type HistoryPlace } from '../history/settings.ts';
import { readSettings, type Setting, type Settings } from '../kube/flags.ts';
import type { Api, ConfiguredApi, RequiredNamespace } from './api.ts';
import { apis as allApis } from './apis.ts';
import { namespaceIn } from './settings.ts';

/** What the operator of the facade sets. Flags win over environment variables. */
export interface FacadeConfig {
  readonly kubeconfig: string | undefined;
  /** Where the credentials and the counter of ids live. */
  readonly namespace: RequiredNamespace;
  readonly host: string;
  readonly port: number;
  /** What TLS is served with; undefined: HTTP without TLS. */
  readonly tls: TlsFiles | undefined;
  readonly healthHost: string;
  readonly healthPort: number;
  /** How long (milliseconds) requests under way may take to end at shutdown. */
  readonly gracePeriod: number;
  readonly logLevel: string;
  /** Where the recorder writes; undefined: no history. */
  readonly history: HistoryPlace | undefined;
  /** Requests a minute that one caller may make; 0: any number. */
  readonly rateLimit: number;
  /** Milliseconds by which the process may lag behind before it turns requests away; 0: any. */
  readonly maxLag: number;
  readonly apis: readonly ConfiguredApi[];
}

/** Two PEM files: the certificate, followed by those of its issuers, and its key. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

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
    help:
      'PEM file with the certificate to serve HTTPS with, ' +
      'followed by those of its issuers; read again when it changes. Not set: HTTP',
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
  ...historySettings,
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
    help:
      'by how much the process may lag behind, on average, ' +
      'before it turns requests away (503), up to 60000; 0: never',
  },
  'log-level': {
    variable: 'FLEETWRIGHT_LOG_LEVEL',
    value: 'LEVEL',
    fallback: 'info',
    help: `one of ${logLevels.join(', ')}`,
  },
} satisfies Record<string, Setting>;

type Flag = keyof typeof settings;

/** How a setting is called in messages: its flag and its variable. */
export function named(flag: Flag): string {
  return `--${flag} (${settings[flag].variable})`;
}

const usage = 'Runs the Fleetwright REST facade.\n\nusage: node apiserver/main.ts [flags]';

/** @returns the configuration, or the help text when it was asked for. @throws ConfigError */
export function readConfig(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  apis: readonly Api[] = allApis,
): FacadeConfig | string {
  const all: Readonly<Record<string, Setting>> = Object.assign({}, settings, ...apis.map((api) => api.settings));
  const every = readSettings(usage, all, args, env);
  if (typeof every === 'string') return every;
  const read: Settings<Flag> = every;
  const history = readHistoryPlace(read);
  return {
    kubeconfig: read.optional('kubeconfig'),
    namespace: { name: namespaceIn(read, 'namespace'), setting: read.named('namespace') },
    host: read.text('host'),
    port: read.whole('port', 0, 65_535),
    tls: readTls(read),
    healthHost: read.text('health-host'),
    healthPort: read.whole('health-port', 0, 65_535),
    gracePeriod: read.whole('grace-seconds', 1, 600) * 1000,
    logLevel: read.choice('log-level', logLevels),
    history,
    rateLimit: read.whole('rate-limit', 0, 1_000_000),
    maxLag: read.whole('max-lag-milliseconds', 0, 60_000),
    apis: apis.map((api) => api.configure(every, { withHistory: history !== undefined })),
  };
}

function readTls(read: Settings<Flag>): TlsFiles | undefined {
  const [certificate, key] = [read.optional('tls-certificate-file'), read.optional('tls-key-file')];
  if (certificate === undefined && key === undefined) return undefined;
  if (key === undefined)
    throw read.wrong(
      'tls-key-file',
      `give the file with the key of the certificate as well, or leave out ${read.named('tls-certificate-file')}`,
    );
  if (certificate === undefined)
    throw read.wrong(
      'tls-certificate-file',
      `give the file with the certificate of the key as well, or leave out ${read.named('tls-key-file')}`,
    );
  return { certificate, key };
}
