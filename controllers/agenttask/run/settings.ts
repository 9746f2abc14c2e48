import { workAnnotation } from '../../../crds/labels.ts';
import type { AgentJob } from '../../../crds/types/agentjob.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import type { Become, RunSpec } from '../executors/executor.ts';

/**
 * A task's fields with its AgentJob's and the general defaults filled in: what a run is made of, but for the secrets.
 */
export type Settings = Omit<RunSpec, 'id' | 'sshPrivateKey' | 'knownHosts' | 'credentialsSecret'>;

const defaults = { hosts: [], content: '', user: 'root', forks: 5, timeoutSeconds: 3600 };

/**
 * The task's own fields win over the job's, variables name by name. The task of a batch has the variable `ip` besides,
 * as the original sets it: its hosts, whatever variable of that name there is. It is not stored, since it would name
 * each host once more, and be one more than a task may have.
 */
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
    variables: {
      ...job?.spec.variables,
      ...task.spec.variables,
      ...(isOfBatch(task) ? { ip: hosts.join(',') } : {}),
    },
    forks,
    timeoutSeconds,
    hostKeyChecking: hostKeyChecking !== 'Disabled',
    ...(how === undefined ? {} : { job: how }),
  };
}

/** Whether another task made it for one of its batches. */
function isOfBatch({ metadata }: AgentTask): boolean {
  return metadata.annotations?.[workAnnotation] !== undefined;
}

function becomeOf({ user = 'root', method = 'sudo' }: Partial<Become>): Become {
  return { user, method };
}
