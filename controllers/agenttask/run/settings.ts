import type { AgentJob } from '../../../crds/types/agentjob.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import type { Become, RunSpec } from '../executors/executor.ts';

/**
 * A task's fields with its AgentJob's and the general defaults filled in: what a run is made of, but for the secrets.
 */
export type Settings = Omit<RunSpec, 'id' | 'sshPrivateKey' | 'knownHosts' | 'credentialsSecret'>;

const defaults = { hosts: [], content: '', user: 'root', forks: 5, timeoutSeconds: 3600 };

/** The task's own fields win over the job's, variables name by name. */
export function settingsOf(task: AgentTask, job: AgentJob | undefined): Settings {
  const { job: how } = task.spec;
  const { hosts, content, user, forks, timeoutSeconds, become, hostKeyChecking } = {
    ...defaults,
    hostKeyChecking: 'Strict',
    ...job?.spec,
    ...task.spec,
  };
  return {
    hosts,
    content,
    user,
    ...(become === undefined ? {} : { become: becomeOf(become) }),
    variables: { ...job?.spec.variables, ...task.spec.variables },
    forks,
    timeoutSeconds,
    hostKeyChecking: hostKeyChecking !== 'Disabled',
    ...(how === undefined ? {} : { job: how }),
  };
}

function becomeOf({ user = 'root', method = 'sudo' }: Partial<Become>): Become {
  return { user, method };
}
