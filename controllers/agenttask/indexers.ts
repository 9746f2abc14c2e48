import { hostsOf } from '../../crds/host-results.ts';
import { canonicalHost } from '../../crds/hosts.ts';
import { parentLabel } from '../../crds/labels.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import { idIndexer } from '../shared/integer-ids.ts';
import { waitsForTurn } from './reasons.ts';

/**
 * `waiting`: tasks that only wait for their turn, by each host they want; `run`: by the id of their run; `job`: by
 * `namespace/name` of the AgentJob they name; `group`: by that of the DeployGroup; `undoes`: by that of the task they
 * undo; `parent`: by the UID of the task that made them; `id`: by their integer id.
 */
export const taskIndexers = {
  waiting: (task: AgentTask) => (waitsForTurn(task) ? [...new Set(hostsOf(task).map(canonicalHost))] : []),
  run: ({ status }: AgentTask) => (status?.run === undefined ? [] : [status.run.id]),
  job: ({ metadata, spec }: AgentTask) =>
    spec.jobRef === undefined ? [] : [`${metadata.namespace}/${spec.jobRef.name}`],
  group: ({ metadata, spec }: AgentTask) =>
    spec.groupRef === undefined ? [] : [`${metadata.namespace}/${spec.groupRef.name}`],
  undoes: ({ metadata, spec }: AgentTask) =>
    spec.rollbackOf === undefined ? [] : [`${metadata.namespace}/${spec.rollbackOf.name}`],
  parent: ({ metadata }: AgentTask) => labelled(metadata.labels?.[parentLabel]),
  ...idIndexer,
};

function labelled(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}
