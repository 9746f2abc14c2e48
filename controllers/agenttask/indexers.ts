import { idLabel, parentLabel } from '../../crds/labels.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { Lease } from '../../kube/builtin.ts';
import { canonicalHost, parseClaim } from '../shared/hostclaims.ts';
import { isComposite } from './composite/children.ts';
import { isFinished } from './phases.ts';

/**
 * `host`: tasks that have not ended, by each host they work on themselves; `run`: by the id of their run; `job`: by `namespace/name` of the AgentJob
 * they name; `parent`: by the UID of the task that made them; `id`: by their integer id.
 */
export const taskIndexers = {
  host: (task: AgentTask) => (isFinished(task) || isComposite(task) ? [] : (task.spec.hosts ?? []).map(canonicalHost)),
  run: ({ status }: AgentTask) => (status?.run === undefined ? [] : [status.run.id]),
  job: ({ metadata, spec }: AgentTask) =>
    spec.jobRef === undefined ? [] : [`${metadata.namespace}/${spec.jobRef.name}`],
  parent: ({ metadata }: AgentTask) => labelled(metadata.labels?.[parentLabel]),
  id: ({ metadata }: AgentTask) => labelled(metadata.labels?.[idLabel]),
};

function labelled(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

/** `holder`: by the UID of who holds the host. */
export const claimIndexers = {
  holder: (lease: Lease) => {
    const claim = parseClaim(lease);
    return claim === undefined ? [] : [claim.holder.uid];
  },
};
