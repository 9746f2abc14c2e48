import {
  historyFinalizer,
  idLabel,
  parentLabel,
  requestedByAnnotation,
  requestIdAnnotation,
} from '../../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { apiVersionOf } from '../../../kube/objects.ts';
import { childFinalizer, parentOf } from '../../shared/parents.ts';

/** Longest part of the parent's name that a child's begins with; the rest of 253 characters is for what makes it unique. */
const longestStem = 200;

/** Whether the task is split: it runs nothing itself, but makes a task for each of its hosts. */
export function isComposite({ spec }: AgentTask): boolean {
  return spec.splitBy === 'Host';
}

/** Name of the child for a host; `index` is the host's place in spec.hosts, from 0. The same for the same parent, always. */
export function childName({ metadata }: AgentTask, index: number): string {
  // A name that was cut may end where no part of an object's name may.
  const stem = metadata.name.slice(0, longestStem).replace(/[.-]+$/, '');
  return `${stem}-${(metadata.uid ?? '').slice(0, 8)}-${index + 1}`;
}

/**
 * The child for one host, as it is created: what to run and as whom is the parent's; when to begin and when to go is not, since the parent
 * decides that for all of them.
 */
export function childOf(
  parent: AgentTask,
  { name, host, id }: { readonly name: string; readonly host: string; readonly id: number },
): AgentTask {
  const { metadata, spec } = parent;
  const {
    splitBy: _splitBy,
    stop: _stop,
    confirm: _confirm,
    paused: _paused,
    dryRun: _dryRun,
    ttlSecondsAfterFinished: _ttl,
    ...work
  } = spec;
  const asked = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => key === requestedByAnnotation || key === requestIdAnnotation,
  );
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      name,
      labels: { [parentLabel]: metadata.uid ?? '', [idLabel]: String(id) },
      ...(asked.length === 0 ? {} : { annotations: Object.fromEntries(asked) }),
      // A history that holds the parent wants the children too, and one that is deleted early would pass it by.
      finalizers: [
        childFinalizer,
        ...(metadata.finalizers?.includes(historyFinalizer) === true ? [historyFinalizer] : []),
      ],
      ownerReferences: [
        {
          apiVersion: apiVersionOf(agentTasks),
          kind: agentTasks.kind,
          name: metadata.name,
          uid: metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { ...work, hosts: [host] },
  };
}

/** Whether `task` was made by `parent`: by its label and its owner, since either alone may have been copied. */
export function isChildOf(task: AgentTask, parent: AgentTask): boolean {
  return parentOf(task)?.uid === parent.metadata.uid;
}

/** Deleted in such a way (`kubectl delete --cascade=orphan`) that what it made shall stay. */
export function leavesOrphans({ metadata }: AgentTask): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes('orphan') === true;
}
