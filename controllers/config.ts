import { parseArgs } from 'node:util';

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
  readonly healthHost: string;
  readonly healthPort: number;
  readonly logLevel: string;
}

/** A flag or variable that cannot be used; the message names it and says what to write. */
export class ConfigError extends Error {
  readonly code = 'CONFIG';

  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

interface Setting {
  readonly variable: string;
  readonly value: string;
  readonly fallback: string;
  readonly help: string;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

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
  'health-host': { variable: 'FLEETWRIGHT_HEALTH_HOST', value: 'ADDRESS', fallback: '127.0.0.1', help: 'where /healthz, /readyz and /metrics are served; 0.0.0.0 in a pod' },
  'health-port': { variable: 'FLEETWRIGHT_HEALTH_PORT', value: 'PORT', fallback: '8081', help: 'their port; 0 picks a free one' },
  'log-level': { variable: 'FLEETWRIGHT_LOG_LEVEL', value: 'LEVEL', fallback: 'info', help: `one of ${logLevels.join(', ')}` },
} satisfies Record<string, Setting>;

type Flag = keyof typeof settings;

/** @returns the configuration, or the help text when it was asked for. @throws ConfigError */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): ControllerConfig | string {
  const values = readFlags(args);
  if (values['help'] === true) return helpText();
  const text = (flag: Flag): string => {
    const given = values[flag];
    const { variable, fallback } = settings[flag];
    return typeof given === 'string' ? given : (env[variable] ?? '') === '' ? fallback : (env[variable] ?? '');
  };
  const optional = (flag: Flag): string | undefined => (text(flag) === '' ? undefined : text(flag));
  const whole = (flag: Flag, min: number, max: number): number => {
    const value = Number(text(flag));
    if (!/^[0-9]+$/.test(text(flag)) || value < min || value > max) throw new ConfigError(`${named(flag)} is "${text(flag)}": give a whole number from ${min} to ${max}`);
    return value;
  };
  const choice = (flag: Flag, choices: readonly string[]): string => {
    if (!choices.includes(text(flag))) throw new ConfigError(`${named(flag)} is "${text(flag)}": give one of ${choices.join(', ')}`);
    return text(flag);
  };
  return {
    kubeconfig: optional('kubeconfig'),
    namespace: text('namespace'),
    watchNamespace: optional('watch-namespace'),
    leaderElection: choice('leader-election', ['true', 'false']) === 'true',
    leaseDurationSeconds: whole('lease-duration-seconds', 3, 600),
    maxRuns: whole('max-runs', 1, 1000),
    maxOutputBytes: whole('max-output-bytes', 65_536, Number.MAX_SAFE_INTEGER),
    stateFolder: optional('state-folder'),
    knownHostsFile: optional('known-hosts-file'),
    healthHost: text('health-host'),
    healthPort: whole('health-port', 0, 65_535),
    logLevel: choice('log-level', logLevels),
  };
}

function readFlags(args: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  const options = Object.fromEntries([...Object.keys(settings).map((flag) => [flag, { type: 'string' }] as const), ['help', { type: 'boolean', short: 'h' }] as const]);
  try {
    return parseArgs({ args: [...args], options, strict: true }).values as Record<string, string | boolean | undefined>;
  } catch (error) {
    throw new ConfigError(`${error instanceof Error ? error.message : String(error)}. See --help.`);
  }
}

function named(flag: Flag): string {
  return `--${flag} (${settings[flag].variable})`;
}

function helpText(): string {
  const lines = Object.entries(settings).map(([flag, { variable, value, fallback, help }]) => {
    const standard = fallback === '' ? '' : ` [${fallback}]`;
    return `  --${flag} ${value}\n      ${help}${standard}\n      or ${variable}`;
  });
  return `Runs the Fleetwright controllers.\n\nusage: node controllers/main.ts [flags]\n\n${lines.join('\n')}\n  --help\n      this text\n`;
}
