import { readSettings, type Setting } from '../kube/flags.ts';

/** What the operator of the controllers sets. Flags win over environment variables. */
export interface ControllerConfig {
  readonly kubeconfig: string | undefined;
  /** Where this process keeps its lease and the claims on hosts. */
  readonly namespace: string;
  readonly watchNamespace: string | undefined;
  readonly leaderElection: boolean;
  readonly leaseDurationSeconds: number;
  readonly maxRuns: number;
  readonly maxOutputBytes: number;
  readonly stateFolder: string | undefined;
  readonly knownHostsFile: string | undefined;
  readonly contentPath: string | undefined;
  readonly healthHost: string;
  readonly healthPort: number;
  readonly logLevel: string;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const settings = {
  kubeconfig: { variable: 'KUBECONFIG', value: 'FILE', fallback: '', help: "kubeconfig; else ~/.kube/config, else the pod's service account" },
  namespace: { variable: 'FLEETWRIGHT_NAMESPACE', value: 'NAME', fallback: 'fleetwright-system', help: 'namespace of the leader lease and of the claims on hosts; it must exist' },
  'watch-namespace': { variable: 'FLEETWRIGHT_WATCH_NAMESPACE', value: 'NAME', fallback: '', help: 'look after this namespace only; all when empty' },
  'leader-election': { variable: 'FLEETWRIGHT_LEADER_ELECTION', value: 'true|false', fallback: 'true', help: 'false only where nothing else can run a second copy' },
  'lease-duration-seconds': { variable: 'FLEETWRIGHT_LEASE_DURATION_SECONDS', value: 'N', fallback: '15', help: 'how long a lost leader holds up the next one, 3 to 600' },
  'max-runs': { variable: 'FLEETWRIGHT_MAX_RUNS', value: 'N', fallback: '10', help: 'Ansible runs under way at once, 1 to 1000; about 80 MB of memory each' },
  'max-output-bytes': { variable: 'FLEETWRIGHT_MAX_OUTPUT_BYTES', value: 'N', fallback: '268435456', help: 'a run that writes more is stopped' },
  'state-folder': { variable: 'FLEETWRIGHT_STATE_FOLDER', value: 'FOLDER', fallback: '', help: "where runs keep their files; a folder for each cluster is made in it. Default: fleetwright/runs in the user's state folder" },
  'known-hosts-file': { variable: 'FLEETWRIGHT_KNOWN_HOSTS_FILE', value: 'FILE', fallback: '', help: 'SSH host keys for tasks whose Secret has no known_hosts' },
  'content-path': { variable: 'FLEETWRIGHT_CONTENT_PATH', value: 'FOLDER', fallback: '', help: 'roles/, library/, collections/ and so on for the content of all tasks (docs/content.md)' },
  'health-host': { variable: 'FLEETWRIGHT_HEALTH_HOST', value: 'ADDRESS', fallback: '127.0.0.1', help: 'where /healthz, /readyz and /metrics are served; 0.0.0.0 in a pod' },
  'health-port': { variable: 'FLEETWRIGHT_HEALTH_PORT', value: 'PORT', fallback: '8081', help: 'their port; 0 picks a free one' },
  'log-level': { variable: 'FLEETWRIGHT_LOG_LEVEL', value: 'LEVEL', fallback: 'info', help: `one of ${logLevels.join(', ')}` },
} satisfies Record<string, Setting>;

/** @returns the configuration, or the help text when it was asked for. @throws ConfigError */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): ControllerConfig | string {
  const read = readSettings('Runs the Fleetwright controllers.\n\nusage: node controllers/main.ts [flags]', settings, args, env);
  if (typeof read === 'string') return read;
  return {
    kubeconfig: read.optional('kubeconfig'),
    namespace: read.text('namespace'),
    watchNamespace: read.optional('watch-namespace'),
    leaderElection: read.choice('leader-election', ['true', 'false']) === 'true',
    leaseDurationSeconds: read.whole('lease-duration-seconds', 3, 600),
    maxRuns: read.whole('max-runs', 1, 1000),
    maxOutputBytes: read.whole('max-output-bytes', 65_536, Number.MAX_SAFE_INTEGER),
    stateFolder: read.optional('state-folder'),
    knownHostsFile: read.optional('known-hosts-file'),
    contentPath: read.optional('content-path'),
    healthHost: read.text('health-host'),
    healthPort: read.whole('health-port', 0, 65_535),
    logLevel: read.choice('log-level', logLevels),
  };
}
