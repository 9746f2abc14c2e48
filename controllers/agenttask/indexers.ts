import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { Lease } from '../../kube/builtin.ts';
import { canonicalHost, parseClaim } from '../shared/hostclaims.ts';
import { isFinished } from './phases.ts';

/** `host`: tasks that have not ended, by each host; `run`: by the id of their run; `job`: by `namespace/name` of the AgentJob they name. */
export const taskIndexers = {
  host: (task: AgentTask) => (isFinished(task) ? [] : (task.spec.hosts ?? []).map(canonicalHost)),
  run: ({ status }: AgentTask) => (status?.run === undefined ? [] : [status.run.id]),
  job: ({ metadata, spec }: AgentTask) => (spec.jobRef === undefined ? [] : [`${metadata.namespace}/${spec.jobRef.name}`]),
};

/** `holder`: by the UID of who holds the host. */
export const claimIndexers = {
  holder: (lease: Lease) => {
    const claim = parseClaim(lease);
    return claim === undefined ? [] : [claim.holder.uid];
  },
};
