import type { AgentTask, AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { findCondition, setConditions } from '../../../kube/conditions.ts';
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
  const has = new Set(groupNow.is === 'known' ? groupNow.batches.flat() : []);
  const began = before?.batches?.flatMap(({ hosts }) => hosts) ?? [];
  const known = new Set(began);
  const gone = began.filter((host) => !has.has(host));
  const added = [...has].filter((host) => !known.has(host));
  const differs = gone.length + added.length > 0;
  if (!differs && findCondition(status.conditions, type) === undefined) return status;
  const changes = [
    ...(gone.length === 0 ? [] : [`no longer has ${named(gone)}`]),
    ...(added.length === 0 ? [] : [`has ${named(added)} besides`]),
  ];
  const what = `DeployGroup ${spec.groupRef?.name} ${changes.join(', and ')}`;
  const statement = differs
    ? ({ type, status: 'True', reason: 'HostsDiffer', message: `${what}: the task keeps its hosts` } as const)
    : ({ type, status: 'False', reason: 'SameHosts', message: '' } as const);
  const [condition, ...others] = setConditions(status.conditions, [statement], metadata.generation, now);
  return condition === undefined ? status : { ...status, conditions: [...others, condition] };
}

function named(hosts: readonly string[]): string {
  return `${hosts.slice(0, 3).join(', ')}${hosts.length > 3 ? ` and ${hosts.length - 3} more` : ''}`;
}
