import type { Setting, Settings } from '../../kube/flags.ts';
import { apiModes, type ApiMode, type FacadeFacts } from '../api.ts';
import type { Caller } from '../auth/caller.ts';
import { userProblem } from '../auth/identity.ts';
import { namespaceIn, objectNameIn, ttlHelp, ttlIn } from '../settings.ts';

/** What the operator decides about this API. */
export interface DispatchConfig {
  /** Where the tasks of this API live. */
  readonly namespace: string;
  readonly mode: ApiMode;
  /** Who callers are that show no token; undefined: such calls are refused. */
  readonly openAs: Caller | undefined;
  /** After how many seconds a finished task is deleted; undefined: never. */
  readonly ttlSeconds: number | undefined;
  /** After how many seconds a run is ended whose caller does not say; undefined: as AgentTask has it by itself. */
  readonly timeoutSeconds: number | undefined;
  /** The Secret with the SSH key of tasks made by this API. */
  readonly credentialsSecret: string | undefined;
}

/** Seconds: a day, in which every caller has asked what became of his task. */
const standardTtl = 86_400;
/** Seconds: a week, as the schema of AgentTask has it. */
const maxTimeout = 604_800;

export const dispatchSettings = {
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
    help:
      'documented: the dispatch API answers as its document says; ' +
      'original: as the original program did, for its own clients',
  },
  'dispatch-open-as-user': {
    variable: 'FLEETWRIGHT_DISPATCH_OPEN_AS_USER',
    value: 'USER',
    fallback: '',
    help:
      'lets everybody call the dispatch API without a token, as this Kubernetes user. ' +
      'For closed networks with old clients only: who reaches the port can do what this user may',
  },
  'dispatch-ttl-seconds': {
    variable: 'FLEETWRIGHT_DISPATCH_TTL_SECONDS',
    value: 'N',
    fallback: '',
    help: ttlHelp('the dispatch API', standardTtl),
  },
  'dispatch-timeout-seconds': {
    variable: 'FLEETWRIGHT_DISPATCH_TIMEOUT_SECONDS',
    value: 'N',
    fallback: '',
    help:
      'after how many seconds a run of the dispatch API is ended as failed whose caller does not say, ' +
      `1 to ${maxTimeout}; if not set 3600`,
  },
  'dispatch-credentials-secret': {
    variable: 'FLEETWRIGHT_DISPATCH_CREDENTIALS_SECRET',
    value: 'NAME',
    fallback: '',
    help: 'Secret in the dispatch namespace with the SSH key of those tasks',
  },
} satisfies Record<string, Setting>;

type Flag = keyof typeof dispatchSettings;

/** @throws ConfigError */
export function readDispatchSettings(read: Settings<Flag>, { withHistory }: FacadeFacts): DispatchConfig {
  return {
    namespace: namespaceIn(read, 'dispatch-namespace'),
    mode: read.choice('dispatch-mode', apiModes),
    openAs: readOpenAs(read),
    ttlSeconds: ttlIn(read, 'dispatch-ttl-seconds', withHistory ? standardTtl : undefined),
    timeoutSeconds:
      read.optional('dispatch-timeout-seconds') === undefined
        ? undefined
        : read.whole('dispatch-timeout-seconds', 1, maxTimeout),
    credentialsSecret:
      read.optional('dispatch-credentials-secret') === undefined
        ? undefined
        : objectNameIn(read, 'dispatch-credentials-secret'),
  };
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
