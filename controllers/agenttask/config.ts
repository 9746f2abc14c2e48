import type { AgentTaskRunExecutor } from '../../crds/types/agenttask.ts';
import type { Setting, Settings } from '../../kube/flags.ts';
import type { Surroundings } from '../kind.ts';

/** What the operator of the controllers sets for AgentTasks. */
export interface AgentTaskConfig {
  /** What runs tasks; the first is what `executor: auto` means. */
  readonly executors: readonly AgentTaskRunExecutor[];
  readonly maxRuns: number;
  readonly maxOutputBytes: number;
  readonly stateFolder: string | undefined;
  readonly knownHostsFile: string | undefined;
  readonly contentPath: string | undefined;
  readonly job: JobConfig;
}

/** How tasks run as Kubernetes Jobs. */
export interface JobConfig {
  /** Absent only where no task runs as a Job. */
  readonly image: string | undefined;
  /** A file with a PodTemplate. */
  readonly template: string | undefined;
  readonly shardSize: number;
  readonly startDeadlineSeconds: number;
  readonly ttlSeconds: number;
  readonly maxJobs: number;
}

const executors = ['job', 'local'] as const;

export const settings = {
  executors: {
    variable: 'FLEETWRIGHT_EXECUTORS',
    value: 'LIST',
    fallback: '',
    help:
      'job, local, or both with a comma: what may run tasks; the first is what "executor: auto" means. ' +
      'Default: job in a cluster where --job-image is set, else local',
  },
  'job-image': {
    variable: 'FLEETWRIGHT_JOB_IMAGE',
    value: 'IMAGE',
    fallback: '',
    help: 'container image for tasks that run as Kubernetes Jobs: the runner image',
  },
  'job-template': {
    variable: 'FLEETWRIGHT_JOB_TEMPLATE',
    value: 'FILE',
    fallback: '',
    help:
      'PodTemplate for their pods: nodeSelector, tolerations, ' +
      'volumes, resources of the container "runner" and so on (docs/jobs.md)',
  },
  'job-shard-size': {
    variable: 'FLEETWRIGHT_JOB_SHARD_SIZE',
    value: 'N',
    fallback: '20',
    help: 'hosts for one pod where the task does not say, 1 to 100',
  },
  'job-start-deadline-seconds': {
    variable: 'FLEETWRIGHT_JOB_START_DEADLINE_SECONDS',
    value: 'N',
    fallback: '300',
    help: 'how long a Job may wait for its first pod to begin where the task does not say, 10 to 86400',
  },
  'job-ttl-seconds': {
    variable: 'FLEETWRIGHT_JOB_TTL_SECONDS',
    value: 'N',
    fallback: '3600',
    help: 'how long a Job and the logs of its pods stay after its end, 0 to 31536000',
  },
  'max-jobs': {
    variable: 'FLEETWRIGHT_MAX_JOBS',
    value: 'N',
    fallback: '100',
    help: 'Jobs under way at once, 1 to 10000',
  },
  'max-runs': {
    variable: 'FLEETWRIGHT_MAX_RUNS',
    value: 'N',
    fallback: '10',
    help: 'Ansible runs under way at once on this machine, 1 to 1000; about 80 MB of memory each',
  },
  'max-output-bytes': {
    variable: 'FLEETWRIGHT_MAX_OUTPUT_BYTES',
    value: 'N',
    fallback: '268435456',
    help: 'a run that writes more is stopped',
  },
  'state-folder': {
    variable: 'FLEETWRIGHT_STATE_FOLDER',
    value: 'FOLDER',
    fallback: '',
    help:
      'where runs keep their files; a folder for each cluster is made in it. ' +
      "Default: fleetwright/runs in the user's state folder",
  },
  'known-hosts-file': {
    variable: 'FLEETWRIGHT_KNOWN_HOSTS_FILE',
    value: 'FILE',
    fallback: '',
    help: 'SSH host keys for tasks whose Secret has no known_hosts',
  },
  'content-path': {
    variable: 'FLEETWRIGHT_CONTENT_PATH',
    value: 'FOLDER',
    fallback: '',
    help: 'roles/, library/, collections/ and so on for the content of all tasks (docs/content.md)',
  },
} satisfies Record<string, Setting>;

/** @throws ConfigError */
export function readAgentTaskConfig(
  read: Settings<keyof typeof settings>,
  surroundings: Surroundings,
): AgentTaskConfig {
  return {
    executors: executorsOf(read, surroundings),
    maxRuns: read.whole('max-runs', 1, 1000),
    maxOutputBytes: read.whole('max-output-bytes', 65_536, Number.MAX_SAFE_INTEGER),
    stateFolder: read.optional('state-folder'),
    knownHostsFile: read.optional('known-hosts-file'),
    contentPath: read.optional('content-path'),
    job: {
      image: read.optional('job-image'),
      template: read.optional('job-template'),
      shardSize: read.whole('job-shard-size', 1, 100),
      startDeadlineSeconds: read.whole('job-start-deadline-seconds', 10, 86_400),
      ttlSeconds: read.whole('job-ttl-seconds', 0, 31_536_000),
      maxJobs: read.whole('max-jobs', 1, 10_000),
    },
  };
}

function executorsOf(
  read: Settings<keyof typeof settings>,
  { inCluster }: Surroundings,
): readonly AgentTaskRunExecutor[] {
  const image = read.optional('job-image');
  const given = read.optional('executors')?.split(',') ?? [inCluster && image !== undefined ? 'job' : 'local'];
  const known = given.flatMap((word) => executors.find((executor) => executor === word) ?? []);
  if (known.length !== given.length || new Set(known).size !== known.length)
    throw read.wrong('executors', 'give job, local, or both with a comma between them');
  if (known.includes('job') && image === undefined)
    throw read.wrong('job-image', 'name the runner image, or give --executors local');
  return known;
}
