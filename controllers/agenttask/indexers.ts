import { idLabel, parentLabel } from '../../crds/labels.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import { canonicalHost } from '../shared/machines.ts';
import { waitsForTurn } from './reasons.ts';

/**
 * `waiting`: tasks that only wait for their turn, by each host they want; `run`: by the id of their run; `job`: by
 * `namespace/name` of the AgentJob they name; `parent`: by the UID of the task that made them; `id`: by their integer
 * id.
 */
export const taskIndexers = {
  waiting: (task: AgentTask) => (waitsForTurn(task) ? [...new Set((task.spec.hosts ?? []).map(canonicalHost))] : []),
  run: ({ status }: AgentTask) => (status?.run === undefined ? [] : [status.run.id]),
  job: ({ metadata, spec }: AgentTask) =>
    spec.jobRef === undefined ? [] : [`${metadata.namespace}/${spec.jobRef.name}`],
  parent: ({ metadata }: AgentTask) => labelled(metadata.labels?.[parentLabel]),
  id: ({ metadata }: AgentTask) => labelled(metadata.labels?.[idLabel]),
};

function labelled(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}
