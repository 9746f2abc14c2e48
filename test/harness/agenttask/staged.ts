import type { Batch } from '../../../controllers/agenttask/batches/observe.ts';
import type { Wanted } from '../../../controllers/agenttask/batches/wanted.ts';
import { childName, childOf } from '../../../controllers/agenttask/composite/children.ts';
import type { Family } from '../../../controllers/agenttask/composite/observe.ts';
import type { Observed } from '../../../controllers/agenttask/observe.ts';
import { hostResults } from '../../../crds/host-results.ts';
import type { AgentTask, AgentTaskBatch, AgentTaskSpec, AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { noClaims, observed, shown } from './observed.ts';

/** The batches of the tasks below. */
export const threeBatches = [['a', 'b'], ['c'], ['d']] as const;

/** A task on a DeployGroup as the API server shows it, which runs unless another status is given. */
export function groupTask(
  spec: AgentTaskSpec = {},
  batches: readonly Partial<AgentTaskBatch>[] = [],
  status: AgentTaskStatus = {},
): AgentTask {
  const full: AgentTaskStatus = {
    phase: 'Running',
    startTime: '2026-01-01T11:59:00Z',
    batches: threeBatches.map((hosts, index) => ({ number: index + 1, hosts, phase: 'Pending', ...batches[index] })),
    ...status,
  };
  return shown({ groupRef: { name: 'web' }, ...spec }, full, {
    uid: '0123456789',
    finalizers: ['fleetwright.io/agenttask'],
  });
}

/** The child of the batch, as the API server shows it. */
export function batchTask(parent: AgentTask, number: number, status: AgentTaskStatus): AgentTask {
  const { hosts = [], retried = hosts, attempt } = parent.status?.batches?.[number - 1] ?? {};
  const name = childName(parent, number - 1, attempt);
  const made = childOf(parent, { name, hosts: retried, id: number + 10 });
  return { ...made, status: { startTime: '2026-01-01T11:59:10Z', ...status } };
}

/** The world around a task on a group: what is there for each of its batches; undefined: nothing was made. */
export function staged(
  task: AgentTask,
  children: readonly (AgentTask | Batch['is'] | undefined)[],
  around: Partial<Family<Batch>> = {},
): Observed {
  const results = hostResults(task);
  const members = (task.status?.batches ?? []).map((recorded, index): Batch => {
    const child = children[index];
    const known = {
      name: childName(task, index, recorded.attempt),
      number: recorded.number,
      hosts: recorded.hosts,
      recorded,
      results: results.filter(({ name }) => recorded.hosts.includes(name)),
    };
    if (child === undefined) return { ...known, is: 'unmade' };
    return typeof child === 'string' ? { ...known, is: child } : { ...known, is: 'there', child };
  });
  const hosts = threeBatches.flat();
  return observed(task, {
    hosts,
    claims: { ...noClaims, held: hosts },
    staged: { members, strays: [], refused: new Set(), refusal: undefined, reportedAt: undefined, ...around },
  });
}

/** The world around a task on a group that has not begun. */
export function unbegun(wanted: Wanted, spec: AgentTaskSpec = {}): Observed {
  const task = shown({ groupRef: { name: 'web' }, ...spec });
  const world = staged(task, []);
  const hosts = wanted.is === 'known' ? wanted.batches.flat() : [];
  return { ...world, hosts, wanted, claims: noClaims };
}
