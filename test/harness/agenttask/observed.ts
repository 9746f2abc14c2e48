import type { Observed } from '../../../controllers/agenttask/observe.ts';
import type { RunState } from '../../../controllers/agenttask/executors/executor.ts';
import type { Claims } from '../../../controllers/shared/claims.ts';
import { idLabel } from '../../../crds/labels.ts';
import type { AgentTask, AgentTaskSpec, AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import type { ObjectMeta } from '../../../kube/objects.ts';
import { agentTask } from './objects.ts';

/** The time at which plans of these observations are made. */
export const now = new Date('2026-01-01T12:00:00Z');

/** A task as the API server shows it, on the host web-1 unless the spec says otherwise. */
export function shown(
  spec: AgentTaskSpec = {},
  status?: AgentTaskStatus,
  metadata: Partial<ObjectMeta> = {},
): AgentTask {
  const hosts = spec.groupRef === undefined ? { hosts: ['web-1'] } : {};
  const task = agentTask('web', { ...hosts, ...spec });
  const full = {
    ...task,
    metadata: {
      ...task.metadata,
      uid: 'u1',
      generation: 3,
      labels: { [idLabel]: '7' },
      creationTimestamp: '2026-01-01T11:00:00Z',
      ...metadata,
    },
  };
  return status === undefined ? full : { ...full, status };
}

/** What a status says but for the generation that it speaks of. */
export function verdictOf(status: AgentTaskStatus | undefined): string {
  return JSON.stringify(status, (key, value: unknown) => (key === 'observedGeneration' ? undefined : value));
}

/** Of hosts that nobody claims or waits for. */
export const noClaims: Claims = {
  held: [],
  taken: [],
  stale: [],
  unknown: [],
  unreadable: [],
  tickets: new Map(),
  waiting: new Map(),
};

/** The world around a task that could start at once. */
export function observed(task: AgentTask, around: Partial<Omit<Observed, 'task'>> = {}): Observed {
  return {
    task,
    job: undefined,
    secret: undefined,
    claims: noClaims,
    slot: { open: true, limit: 10 },
    run: undefined,
    runHeld: false,
    executor: 'local',
    idTaken: false,
    hosts: task.spec.hosts ?? [],
    family: undefined,
    staged: undefined,
    wanted: undefined,
    groupNow: undefined,
    parent: 'none',
    location: 'here',
    ...around,
  };
}

const counts = { ok: 1, changed: 0, failed: 0, skipped: 0, unreachable: 0 };

/** A task whose run is recorded, and how that run stands. */
export function underWay(
  state: RunState,
  spec: AgentTaskSpec = {},
  run: Partial<NonNullable<AgentTaskStatus['run']>> = {},
  outputBytes = 0,
): Observed {
  const status: AgentTaskStatus = {
    phase: 'Running',
    startTime: '2026-01-01T11:59:00Z',
    attempts: 1,
    run: { id: 'u1-2-1', executor: 'local', location: 'here', timeoutSeconds: spec.timeoutSeconds ?? 3600, ...run },
  };
  const task = shown(spec, status, { finalizers: ['fleetwright.io/agenttask'] });
  const here = status.run?.location === 'here';
  return observed(task, {
    claims: { ...noClaims, held: ['web-1'] },
    run: here
      ? { state, results: { hosts: [{ name: 'web-1', result: 'ok', counts }] }, outputBytes, logBehind: false }
      : undefined,
  });
}
