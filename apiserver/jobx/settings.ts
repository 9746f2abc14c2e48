import type { Setting, Settings } from '../../kube/flags.ts';
import { apiModes, type ApiMode, type FacadeFacts } from '../api.ts';
import { objectNameIn, ttlHelp, ttlIn } from '../settings.ts';

/** What the operator decides about this API. */
export interface JobxConfig {
  readonly mode: ApiMode;
  /** The namespace of each project, by its id. */
  readonly projects: ReadonlyMap<string, string>;
  /** The Secret with the SSH key of tasks made by this API. */
  readonly credentialsSecret: string | undefined;
  /** After how many seconds a finished task is deleted; undefined: never. */
  readonly ttlSeconds: number | undefined;
}

/** Seconds: a week, in which a task can be taken back. */
const standardTtl = 604_800;

export const jobxSettings = {
  'jobx-mode': {
    variable: 'FLEETWRIGHT_JOBX_MODE',
    value: 'MODE',
    fallback: 'documented',
    help:
      'documented: the JOBX API answers as its document says; ' +
      'original: as the original program did, for its own clients',
  },
  'jobx-projects': {
    variable: 'FLEETWRIGHT_JOBX_PROJECTS',
    value: 'LIST',
    fallback: '',
    help: 'the projects of the JOBX API, each with its namespace: "1=team-a,2=team-b"; not set: it has none',
  },
  'jobx-credentials-secret': {
    variable: 'FLEETWRIGHT_JOBX_CREDENTIALS_SECRET',
    value: 'NAME',
    fallback: '',
    help: "Secret in a project's namespace with the SSH key for tasks of the JOBX API; not set: tasks use none",
  },
  'jobx-ttl-seconds': {
    variable: 'FLEETWRIGHT_JOBX_TTL_SECONDS',
    value: 'N',
    fallback: '',
    help: `${ttlHelp('the JOBX API', standardTtl)}. A task that is gone cannot be taken back`,
  },
} satisfies Record<string, Setting>;

const project = /^([0-9]{1,9})=([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$/;

/** @throws ConfigError */
export function readJobxSettings(read: Settings<keyof typeof jobxSettings>, { withHistory }: FacadeFacts): JobxConfig {
  const projects = new Map<string, string>();
  for (const entry of read.optional('jobx-projects')?.split(',') ?? []) {
    const [, id, namespace] = project.exec(entry.trim()) ?? [];
    if (id === undefined || namespace === undefined || projects.has(id))
      throw read.wrong('jobx-projects', 'give each project once, as number=namespace, with a comma between them');
    projects.set(id, namespace);
  }
  const named = read.optional('jobx-credentials-secret');
  return {
    mode: read.choice('jobx-mode', apiModes),
    projects,
    ttlSeconds: ttlIn(read, 'jobx-ttl-seconds', withHistory ? standardTtl : undefined),
    credentialsSecret: named === undefined ? undefined : objectNameIn(read, 'jobx-credentials-secret'),
  };
}
