import { readSettings, type Setting } from '../../../kube/flags.ts';
import { podPaths } from '../executors/job/contract.ts';

/** What whoever makes the pod sets. Flags win over environment variables. */
export interface PodConfig {
  readonly runFileFolder: string;
  readonly credentialsFolder: string;
  readonly workFolder: string;
  readonly resultFile: string;
  /** Which share of the hosts is this pod's, from 0. */
  readonly index: number;
  readonly contentPath: string | undefined;
  readonly logLevel: string;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const settings = {
  'run-file-folder': {
    variable: 'FLEETWRIGHT_RUN_FILE_FOLDER',
    value: 'FOLDER',
    fallback: podPaths.run,
    help: 'folder with run.json, which says what to run and where',
  },
  'credentials-folder': {
    variable: 'FLEETWRIGHT_CREDENTIALS_FOLDER',
    value: 'FOLDER',
    fallback: podPaths.credentials,
    help: 'folder with ssh-privatekey and known_hosts; no folder: no key',
  },
  'work-folder': {
    variable: 'FLEETWRIGHT_WORK_FOLDER',
    value: 'FOLDER',
    fallback: podPaths.work,
    help: 'where the run keeps its files, the key among them: a folder in memory',
  },
  'result-file': {
    variable: 'FLEETWRIGHT_RESULT_FILE',
    value: 'FILE',
    fallback: podPaths.result,
    help: 'where the result is left at the end',
  },
  index: {
    variable: 'JOB_COMPLETION_INDEX',
    value: 'N',
    fallback: '0',
    help: 'which share of the hosts to work on, from 0',
  },
  'content-path': {
    variable: 'FLEETWRIGHT_CONTENT_PATH',
    value: 'FOLDER',
    fallback: '',
    help: 'roles/, library/, collections/ and so on for the content (docs/content.md)',
  },
  'log-level': {
    variable: 'FLEETWRIGHT_LOG_LEVEL',
    value: 'LEVEL',
    fallback: 'info',
    help: `one of ${logLevels.join(', ')}; steps are printed at any level`,
  },
} satisfies Record<string, Setting>;

const usage = `Runs the content of one AgentTask, or of a share of its hosts, in the pod of a Kubernetes Job: once.
Prints a line of JSON for each step that begins or ends, and leaves the result in a file.
Exits with 0 only when the run was successful. SIGTERM: stops it, and ends with the result so far within 25 seconds.

usage: node controllers/agenttask/pod/main.ts [flags]`;

/** @returns the configuration, or the help text when it was asked for. @throws ConfigError */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): PodConfig | string {
  const read = readSettings(usage, settings, args, env);
  if (typeof read === 'string') return read;
  return {
    runFileFolder: read.text('run-file-folder'),
    credentialsFolder: read.text('credentials-folder'),
    workFolder: read.text('work-folder'),
    resultFile: read.text('result-file'),
    index: read.whole('index', 0, 100_000),
    contentPath: read.optional('content-path'),
    logLevel: read.choice('log-level', logLevels),
  };
}
