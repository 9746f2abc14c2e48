import { childName, childOf } from '../../../controllers/agenttask/composite/children.ts';
import type { Family, Member } from '../../../controllers/agenttask/composite/observe.ts';
import type { Observed } from '../../../controllers/agenttask/observe.ts';
import { hostResults } from '../../../crds/host-results.ts';
import type { AgentTask, AgentTaskPhase, AgentTaskSpec, AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import type { ObjectMeta } from '../../../kube/objects.ts';
import { observed, shown } from './observed.ts';

/** A split task as the API server shows it, which runs unless another status is given. */
export function splitTask(
  spec: AgentTaskSpec = {},
  status: AgentTaskStatus = {},
  metadata: Partial<ObjectMeta> = {},
): AgentTask {
  const full: AgentTaskStatus = { phase: 'Running', startTime: '2026-01-01T11:59:00Z', ...status };
  return shown({ hosts: ['a', 'b', 'c'], splitBy: 'Host', ...spec }, full, {
    uid: '0123456789',
    finalizers: ['fleetwright.io/agenttask'],
    ...metadata,
  });
}

/** The child of the index-th host, from 0, as the API server shows it. */
export function childTask(
  parent: AgentTask,
  index: number,
  status: AgentTaskStatus = { phase: 'Pending' },
  metadata: Partial<ObjectMeta> = {},
  spec: AgentTaskSpec = {},
): AgentTask {
  const host = parent.spec.hosts?.[index] ?? '';
  const made = childOf(parent, { name: childName(parent, index), hosts: [host], id: index + 10 });
  return {
    ...made,
    metadata: { ...made.metadata, uid: `child-${index + 1}`, ...metadata },
    spec: { ...made.spec, ...spec },
    status,
  };
}

/** A child that has come to an end; its host is ok when it succeeded. */
export function endedChild(
  parent: AgentTask,
  index: number,
  phase: AgentTaskPhase,
  status: AgentTaskStatus = {},
): AgentTask {
  const name = parent.spec.hosts?.[index] ?? '';
  return childTask(parent, index, {
    phase,
    hosts: [{ name, result: phase === 'Succeeded' ? 'ok' : 'failed' }],
    ...status,
  });
}

/** The world around a split task: what is there for each of its hosts, in their order; undefined: nothing was made. */
export function family(
  task: AgentTask,
  children: readonly (AgentTask | Member['is'] | undefined)[],
  around: Partial<Family> = {},
): Observed {
  const results = hostResults(task);
  const members = (task.spec.hosts ?? []).map((host, index): Member => {
    const name = childName(task, index);
    const recorded = task.status?.children?.find((child) => child.name === name);
    const result = results.find((entry) => entry.name === host);
    const known = {
      name,
      host,
      ...(recorded === undefined ? {} : { recorded }),
      ...(result === undefined ? {} : { result }),
    };
    const child = children[index];
    if (child === undefined) return { ...known, is: 'unmade' };
    return typeof child === 'string' ? { ...known, is: child } : { ...known, is: 'there', child };
  });
  return observed(task, {
    family: { members, strays: [], refused: new Set(), refusal: undefined, reportedAt: undefined, ...around },
  });
}
