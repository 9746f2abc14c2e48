import type { AgentTask, AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { findCondition, setConditions, type Statement } from '../../../kube/conditions.ts';
import type { Wanted } from './wanted.ts';

/** Of a task on a group: its hosts are not those that the group has by now. */
const type = 'GroupChanged';

/**
 * The status, with what has become of the group meanwhile. It changes nothing for the task, but whoever looks at it
 * shall know.
 * @param groupNow the batches that the group would give a task that begins now
 */
export function withDrift(
  status: AgentTaskStatus,
  { spec, status: before, metadata }: AgentTask,
  groupNow: Wanted | undefined,
  now: Date,
): AgentTaskStatus {
  // A group that is being resolved tells nothing.
  if (groupNow === undefined || groupNow.is === 'comes') return status;
  const began = before?.batches?.flatMap(({ hosts }) => hosts) ?? [];
  const change = groupNow.is === 'known' ? differenceOf(began, groupNow.batches.flat()) : groupNow;
  if (change === undefined && findCondition(status.conditions, type) === undefined) return status;
  const what = `DeployGroup ${spec.groupRef?.name} ${change?.is === 'lacks' ? lost(change.reason) : change?.message}`;
  const statement: Statement =
    change === undefined
      ? { type, status: 'False', reason: 'SameHosts', message: '' }
      : { type, status: 'True', reason: change.reason, message: `${what}: the task keeps its hosts` };
  const [condition, ...others] = setConditions(status.conditions, [statement], metadata.generation, now);
  return condition === undefined ? status : { ...status, conditions: [...others, condition] };
}

interface Difference {
  readonly is: 'differs';
  readonly reason: 'HostsDiffer';
  readonly message: string;
}

/** @returns undefined where both are the same hosts, in whatever batches */
function differenceOf(before: readonly string[], present: readonly string[]): Difference | undefined {
  const [known, has] = [new Set(before), new Set(present)];
  const gone = before.filter((host) => !has.has(host));
  const added = present.filter((host) => !known.has(host));
  const changes = [
    ...(gone.length === 0 ? [] : [`no longer has ${named(gone)}`]),
    ...(added.length === 0 ? [] : [`has ${named(added)} besides`]),
  ];
  return changes.length === 0 ? undefined : { is: 'differs', reason: 'HostsDiffer', message: changes.join(', and ') };
}

function lost(reason: string): string {
  return reason === 'GroupNotFound' ? 'is gone' : 'cannot be resolved any more';
}

function named(hosts: readonly string[]): string {
  return `${hosts.slice(0, 3).join(', ')}${hosts.length > 3 ? ` and ${hosts.length - 3} more` : ''}`;
}
