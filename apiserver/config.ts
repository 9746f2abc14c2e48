import { readSettings, type Setting } from '../kube/flags.ts';

/** What the operator of the facade sets. Flags win over environment variables. */
export interface FacadeConfig {
  readonly kubeconfig: string | undefined;
  /** Where the counter of ids lives. */
  readonly namespace: string;
  readonly host: string;
  readonly port: number;
  readonly healthHost: string;
  readonly healthPort: number;
  /** How long (milliseconds) requests under way may take to end at shutdown. */
  readonly gracePeriod: number;
  readonly logLevel: string;
  readonly dispatch: DispatchConfig;
}

export interface DispatchConfig {
  /** Where the tasks of this API live. */
  readonly namespace: string;
  readonly tokenFile: string;
  /** The Secret with the SSH key of tasks made by this API. */
  readonly credentialsSecret: string | undefined;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const settings = {
  kubeconfig: { variable: 'KUBECONFIG', value: 'FILE', fallback: '', help: "kubeconfig; else ~/.kube/config, else the pod's service account" },
  namespace: { variable: 'FLEETWRIGHT_NAMESPACE', value: 'NAME', fallback: 'fleetwright-system', help: 'namespace of the counter that gives ids; it must exist' },
  host: { variable: 'FLEETWRIGHT_HOST', value: 'ADDRESS', fallback: '127.0.0.1', help: 'address to listen on, without TLS; 0.0.0.0 in a pod, behind something that ends TLS' },
  port: { variable: 'FLEETWRIGHT_PORT', value: 'PORT', fallback: '8080', help: 'port to listen on; 0 picks a free one' },
  'health-host': { variable: 'FLEETWRIGHT_HEALTH_HOST', value: 'ADDRESS', fallback: '127.0.0.1', help: 'where /healthz, /readyz and /metrics are served; 0.0.0.0 in a pod' },
  'health-port': { variable: 'FLEETWRIGHT_HEALTH_PORT', value: 'PORT', fallback: '8082', help: 'their port; 0 picks a free one' },
  'grace-seconds': { variable: 'FLEETWRIGHT_GRACE_SECONDS', value: 'N', fallback: '20', help: 'how long requests under way may take to end at shutdown, 1 to 600' },
  'log-level': { variable: 'FLEETWRIGHT_LOG_LEVEL', value: 'LEVEL', fallback: 'info', help: `one of ${logLevels.join(', ')}` },
  'dispatch-namespace': { variable: 'FLEETWRIGHT_DISPATCH_NAMESPACE', value: 'NAME', fallback: 'default', help: 'namespace of the tasks that the dispatch API makes; it must exist' },
  'dispatch-token-file': { variable: 'FLEETWRIGHT_DISPATCH_TOKEN_FILE', value: 'FILE', fallback: '', help: 'file with the bearer tokens that callers of the dispatch API show, one a line; read again when it changes. Required: nothing is open by default' },
  'dispatch-credentials-secret': { variable: 'FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET', value: 'NAME', fallback: '', help: 'Secret in the dispatch namespace with the SSH key of those tasks' },
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
  const read = readSettings('Runs the Fleetwright REST facade.\n\nusage: node apiserver/main.ts [flags]', settings, args, env);
  if (typeof read === 'string') return read;
  const tokenFile = read.text('dispatch-token-file');
  if (tokenFile === '') {
    throw read.wrong('dispatch-token-file', 'nothing is served without a token, since a caller can run commands as root; make one with: (umask 077; openssl rand -hex 32 > dispatch-token), and name the file');
  }
  const matching = (flag: Flag, pattern: RegExp): string => {
    if (!pattern.test(read.text(flag))) throw read.wrong(flag, 'give the name of an object, of lower-case letters, digits and "-"');
    return read.text(flag);
  };
  return {
    kubeconfig: read.optional('kubeconfig'),
    namespace: matching('namespace', namespaceName),
    host: read.text('host'),
    port: read.whole('port', 0, 65_535),
    healthHost: read.text('health-host'),
    healthPort: read.whole('health-port', 0, 65_535),
    gracePeriod: read.whole('grace-seconds', 1, 600) * 1000,
    logLevel: read.choice('log-level', logLevels),
    dispatch: {
      namespace: matching('dispatch-namespace', namespaceName),
      tokenFile,
      credentialsSecret: read.optional('dispatch-credentials-secret') === undefined ? undefined : matching('dispatch-credentials-secret', objectName),
    },
  };
}
