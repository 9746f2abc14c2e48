import { workAnnotation } from '../../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import type { ObjectMeta } from '../../../kube/objects.ts';
import { childMetadata, nameOfChild } from '../../shared/children/naming.ts';

/** Whether the task runs nothing itself, but makes a task for each of its hosts, or of its batches. */
export function isComposite({ spec }: AgentTask): boolean {
  return spec.splitBy === 'Host' || spec.groupRef !== undefined;
}

/**
 * Name of the child for a host or a batch; `index` is its place among them, from 0. The same for the same parent,
 * always.
 * @param attempt from 1: a batch that is tried again has another child
 */
export function childName(task: AgentTask, index: number, attempt = 1): string {
  return nameOfChild(task, attempt === 1 ? index + 1 : `${index + 1}-${attempt}`);
}

/** What the task of a batch is to run, which may be another thing by the time it can begin. */
function withWork(metadata: ObjectMeta, { status }: AgentTask): ObjectMeta {
  if (status?.work === undefined) return metadata;
  return { ...metadata, annotations: { ...metadata.annotations, [workAnnotation]: status.work } };
}

/**
 * The child for one host, or the hosts of one batch, as it is created: what to run and as whom is the parent's; when to
 * begin and when to go is not, since the parent decides that for all of them.
 */
export function childOf(
  parent: AgentTask,
  { name, hosts, id }: { readonly name: string; readonly hosts: readonly string[]; readonly id: number },
): AgentTask {
  const {
    splitBy: _splitBy,
    groupRef: _groupRef,
    rollbackOf: _rollbackOf,
    stop: _stop,
    confirm: _confirm,
    rollout: _rollout,
    paused: _paused,
    dryRun: _dryRun,
    ttlSecondsAfterFinished: _ttl,
    ...work
  } = parent.spec;
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: withWork(childMetadata(parent, agentTasks, { name, id }), parent),
    spec: { ...work, hosts },
  };
}
