import { decisionAnnotation } from '../../../crds/labels.ts';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import type { DeployGroup } from '../../../crds/types/deploygroup.ts';
import { isTrue } from '../../../kube/conditions.ts';
import { isFinished } from '../phases.ts';
import { changedBatches } from './changed.ts';

/** Which batches a task has that begins now, or why it cannot tell. */
export type Wanted =
  | { readonly is: 'known'; readonly batches: readonly (readonly string[])[] }
  /** `comes`: by itself. `lacks`: somebody has to do something. */
  | { readonly is: 'comes'; readonly reason: string; readonly message: string }
  | { readonly is: 'lacks'; readonly reason: string; readonly message: string };

interface Around {
  /** The group of the name in groupRef; undefined when there is none. */
  readonly group: DeployGroup | undefined;
  /** The task of the name in rollbackOf; undefined when there is none. */
  readonly undone: AgentTask | undefined;
}

/** The batches that the group shows, or those of the task that is to be undone. */
export function wantedBatches(task: AgentTask, { group, undone }: Around): Wanted {
  const { rollbackOf, groupRef } = task.spec;
  return rollbackOf === undefined
    ? ofGroup(group, groupRef?.name ?? '', task.metadata.namespace)
    : ofUndone(undone, rollbackOf.name, task.metadata.namespace);
}

function ofGroup(group: DeployGroup | undefined, name: string, namespace: string | undefined): Wanted {
  // One that a history holds for a moment is deleted all the same.
  if (group === undefined || group.metadata.deletionTimestamp !== undefined)
    return lacks(
      'GroupNotFound',
      `spec.groupRef: there is no DeployGroup ${name} in namespace ${namespace}; create it, or name another one`,
    );
  const { observedGeneration, batches, message = '', conditions } = group.status ?? {};
  if (observedGeneration !== group.metadata.generation)
    return comes('GroupNotResolved', `DeployGroup ${name} is being resolved`);
  if (isTrue(conditions, 'Stalled'))
    return lacks('GroupUnresolvable', `DeployGroup ${name} cannot be resolved: ${message}`);
  return batches === undefined || batches.length === 0
    ? comes('GroupNotResolved', `DeployGroup ${name} is being resolved`)
    : { is: 'known', batches: batches.map(({ hosts }) => hosts) };
}

function ofUndone(undone: AgentTask | undefined, name: string, namespace: string | undefined): Wanted {
  if (undone === undefined)
    return lacks(
      'RunNotFound',
      `spec.rollbackOf: there is no AgentTask ${name} in namespace ${namespace}; ` +
        'put the hosts into a DeployGroup, and leave out rollbackOf',
    );
  if (undone.spec.groupRef === undefined)
    return lacks('RunNotOnGroup', `spec.rollbackOf: AgentTask ${name} is no task on a DeployGroup; name another one`);
  if (undone.metadata.annotations?.[decisionAnnotation] === 'norollback')
    return lacks(
      'RollbackRuledOut',
      `spec.rollbackOf: it was decided that AgentTask ${name} is not undone (annotation ${decisionAnnotation}: ` +
        'norollback); take the annotation away, or put the hosts into a DeployGroup, and leave out rollbackOf',
    );
  return isFinished(undone)
    ? { is: 'known', batches: changedBatches(undone) }
    : comes('RunNotEnded', `AgentTask ${name}, which is to be undone, has not ended yet`);
}

function lacks(reason: string, message: string): Wanted {
  return { is: 'lacks', reason, message };
}

function comes(reason: string, message: string): Wanted {
  return { is: 'comes', reason, message };
}
