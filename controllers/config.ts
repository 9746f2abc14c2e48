import { readSettings, type Setting, type Settings } from '../kube/flags.ts';
import type { ConfiguredKind } from './kind.ts';
import { kinds } from './kinds.ts';

/** What the operator of the controllers sets, whatever kinds there are. Flags win over environment variables. */
export interface ControllerConfig {
  readonly kubeconfig: string | undefined;
  /** Where this process keeps its lease and the claims on hosts. */
  readonly namespace: string;
  readonly watchNamespace: string | undefined;
  readonly leaderElection: boolean;
  readonly leaseDurationSeconds: number;
  readonly healthHost: string;
  readonly healthPort: number;
  readonly logLevel: string;
  readonly kinds: readonly ConfiguredKind[];
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Of all kinds. What one kind alone goes by is in its folder. */
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
    help: 'namespace of the leader lease and of the claims on hosts; it must exist',
  },
  'watch-namespace': {
    variable: 'FLEETWRIGHT_WATCH_NAMESPACE',
    value: 'NAME',
    fallback: '',
    help: 'look after this namespace only; all when empty',
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
    fallback: '8081',
    help: 'their port; 0 picks a free one',
  },
  'log-level': {
    variable: 'FLEETWRIGHT_LOG_LEVEL',
    value: 'LEVEL',
    fallback: 'info',
    help: `one of ${logLevels.join(', ')}`,
  },
} satisfies Record<string, Setting>;

/** @returns the configuration, or the help text when it was asked for. @throws ConfigError */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): ControllerConfig | string {
  const all = { ...settings, ...Object.fromEntries(kinds.flatMap((kind) => Object.entries(kind.settings))) };
  const usage = 'Runs the Fleetwright controllers.\n\nusage: node controllers/main.ts [flags]';
  const read = readSettings(usage, all, args, env);
  if (typeof read === 'string') return read;
  const inCluster = (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '';
  return { ...ofAllKinds(read), kinds: kinds.map((kind) => kind.configure(read, { inCluster })) };
}

function ofAllKinds(read: Settings<keyof typeof settings>): Omit<ControllerConfig, 'kinds'> {
  return {
    kubeconfig: read.optional('kubeconfig'),
    namespace: read.text('namespace'),
    watchNamespace: read.optional('watch-namespace'),
    leaderElection: read.choice('leader-election', ['true', 'false']) === 'true',
    leaseDurationSeconds: read.whole('lease-duration-seconds', 3, 600),
    healthHost: read.text('health-host'),
    healthPort: read.whole('health-port', 0, 65_535),
    logLevel: read.choice('log-level', logLevels),
  };
}
