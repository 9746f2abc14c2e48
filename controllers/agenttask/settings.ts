import type { AgentJob } from '../../crds/types/agentjob.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { Become, RunSpec } from './executors/executor.ts';

/** A task's fields with its AgentJob's and the general defaults filled in: what a run is made of, but for the secrets. */
export type Settings = Omit<RunSpec, 'id' | 'sshPrivateKey' | 'knownHosts'>;

/** The task's own fields win over the job's, variables name by name. */
export function settingsOf(task: AgentTask, job: AgentJob | undefined): Settings {
  const { spec } = task;
  const become = becomeOf(spec.become ?? job?.spec.become);
  return {
    hosts: spec.hosts ?? [],
    content: spec.content ?? job?.spec.content ?? '',
    user: spec.user ?? job?.spec.user ?? 'root',
    ...(become === undefined ? {} : { become }),
    variables: { ...job?.spec.variables, ...spec.variables },
    forks: spec.forks ?? job?.spec.forks ?? 5,
    timeoutSeconds: spec.timeoutSeconds ?? job?.spec.timeoutSeconds ?? 3600,
    hostKeyChecking: spec.hostKeyChecking !== 'Disabled',
  };
}

function becomeOf(become: { readonly user?: string; readonly method?: string } | undefined): Become | undefined {
  return become === undefined ? undefined : { user: become.user ?? 'root', method: become.method ?? 'sudo' };
}
