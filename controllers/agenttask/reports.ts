import type { AgentTask, AgentTaskPhase, AgentTaskStatus } from '../../crds/types/agenttask.ts';
import {
  ready,
  reconciling,
  rfc3339,
  setConditions,
  stalled,
  truncate,
  type Statement,
} from '../../kube/conditions.ts';
import type { Happening } from '../../kube/events.ts';
import type { Intent, Plan } from './intents.ts';
import { summarize, type Ending } from './run/outcome.ts';

/** A plan that waits: nothing is wrong, and the message names what is waited for. */
export function waiting(
  task: AgentTask,
  now: Date,
  reason: string,
  message: string,
  requeueAfter: number,
  intents: readonly Intent[] = [],
): Plan {
  return { intents, status: progress(task, now, 'Pending', reason, message), requeueAfter };
}

/** A plan that cannot go on until somebody changes something outside the task; looked at again now and then. */
export function stuck(task: AgentTask, now: Date, reason: string, message: string, requeueAfter: number): Plan {
  const status = statusWith(task, now, 'Pending', [...stalled(reason, message), succeeded('Unknown', reason, message)]);
  return {
    intents: [],
    status: { ...status, message: truncate(message, 1024) },
    requeueAfter,
    ...warning(task, reason, message, 'Prepare'),
  };
}

/** Under way, or about to be. */
export function progress(
  task: AgentTask,
  now: Date,
  phase: 'Pending' | 'Running',
  reason: string,
  message: string,
): AgentTaskStatus {
  const { message: _, ...status } = statusWith(task, now, phase, [
    ...reconciling(reason, message),
    succeeded('Unknown', reason, message),
  ]);
  return status;
}

/** Under way, but held up by something that somebody has to put right; it goes on by itself then. */
export function hindered(
  task: AgentTask,
  now: Date,
  reason: string,
  message: string,
): { readonly status: AgentTaskStatus; readonly event?: Happening } {
  return {
    status: statusWith(task, now, 'Running', [...stalled(reason, message), succeeded('Unknown', reason, message)]),
    ...warning(task, reason, message, 'Run'),
  };
}

/** Told once, not at every look. */
function warning(task: AgentTask, reason: string, note: string, action: string): Pick<Plan, 'event'> {
  const known = task.status?.conditions?.some(
    (condition) => condition.type === 'Stalled' && condition.status === 'True' && condition.reason === reason,
  );
  return known === true ? {} : { event: { type: 'Warning', reason, action, note } };
}

/** The last status of a task, and the event that tells of it. */
export function ended(task: AgentTask, now: Date, ending: Ending, intents: readonly Intent[] = []): Plan {
  const { phase, reason, message, hosts } = ending;
  const good = phase === 'Succeeded';
  const statements = good ? ready(reason, message) : stalled(reason, message);
  const status = {
    ...statusWith(task, now, phase, [...statements, succeeded(good ? 'True' : 'False', reason, message)]),
    completionTime: rfc3339(now),
    message: truncate(message, 1024),
    hosts,
    summary: summarize(hosts),
  };
  const event: Happening = { type: good ? 'Normal' : 'Warning', reason, action: 'Run', note: message };
  return { intents, status, event };
}

/** The status of a task that has ended and whose spec was changed since: what may still change changes nothing of it, and who waits shall know. */
export function stillEnded({ metadata, status }: AgentTask): AgentTaskStatus | undefined {
  const { generation } = metadata;
  if (status === undefined || generation === undefined || status.observedGeneration === generation) return undefined;
  const conditions = status.conditions?.map((condition) => ({ ...condition, observedGeneration: generation }));
  return { ...status, observedGeneration: generation, ...(conditions === undefined ? {} : { conditions }) };
}

export function planned(task: AgentTask, now: Date, steps: readonly string[]): Plan {
  const message = 'the plan is in status.plan; set dryRun to false to run it';
  const status = statusWith(task, now, 'Pending', [
    ...ready('Planned', message),
    succeeded('Unknown', 'Planned', message),
  ]);
  return { intents: [], status: { ...status, plan: steps } };
}

function statusWith(
  task: AgentTask,
  now: Date,
  phase: AgentTaskPhase,
  statements: readonly Statement[],
): AgentTaskStatus {
  const { generation } = task.metadata;
  const status = {
    ...task.status,
    phase,
    conditions: setConditions(task.status?.conditions, statements, generation, now),
  };
  return generation === undefined ? status : { ...status, observedGeneration: generation };
}

function succeeded(status: Statement['status'], reason: string, message: string): Statement {
  return { type: 'Succeeded', status, reason, message };
}
