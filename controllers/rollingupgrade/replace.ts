import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { RollingUpgradeCurrent } from '../../crds/types/rollingupgrade.ts';
import { findCondition } from '../../kube/conditions.ts';
import { beginEnding } from './ending.ts';
import type { Plan } from './intents.ts';
import type { Observed } from './observe.ts';
import { heldUp, toStep, underWay } from './reports.ts';
import { taskName } from './task.ts';

/** The end of a task wakes its upgrade; this is for when the news got lost. Milliseconds. */
const lookAgain = 30_000;
/** How long (milliseconds) the API server is left alone after it has refused the task. */
const afterRefusal = 10_000;

/** The task of the node replaces its software: it is made once, and its end is waited for. */
export function replace(observed: Observed, current: RollingUpgradeCurrent, now: Date): Plan {
  const { upgrade, child } = observed;
  const name = taskName(upgrade, current.node);
  switch (child.is) {
    case 'unmade':
      return make(observed, current, name, now);
    case 'unseen':
      return underWay(upgrade, now, 'Replacing', `AgentTask ${name} begins`, { requeueAfter: lookAgain });
    case 'there':
      return child.task === undefined
        ? underWay(upgrade, now, 'Replacing', name)
        : follow(observed, current, child.task, now);
    case 'gone':
      return failed(observed, `AgentTask ${name} was deleted: whether it did its work cannot be told`, 'TaskGone', now);
    case 'taken':
      return failed(
        observed,
        `there is an AgentTask ${name} that this upgrade did not make: delete it`,
        'TaskTaken',
        now,
      );
  }
}

function make(observed: Observed, current: RollingUpgradeCurrent, name: string, now: Date): Plan {
  const { upgrade, child } = observed;
  if (upgrade.spec.stop === true) return stopUntouched(observed, now);
  const { refusal } = child;
  if (refusal !== undefined && now.getTime() - refusal.at.getTime() < afterRefusal)
    return heldUp(upgrade, now, 'TaskRefused', `the API server refuses AgentTask ${name}: ${refusal.message}`);
  return underWay(upgrade, now, 'Replacing', `AgentTask ${name} is made`, {
    intents: [
      { do: 'makeChildren', children: [{ name, node: current.node }], because: `node ${current.node} may be stopped` },
    ],
    requeueAfter: 1000,
  });
}

function follow(observed: Observed, current: RollingUpgradeCurrent, task: AgentTask, now: Date): Plan {
  const { upgrade } = observed;
  const { name } = task.metadata;
  switch (task.status?.phase) {
    case undefined:
    case 'Pending':
      return waitForTask(observed, current, `AgentTask ${name} waits: ${saidBy(task)}`, now, true);
    case 'Running':
      return waitForTask(observed, current, `AgentTask ${name} replaces the software`, now, false);
    case 'Succeeded':
      return toStep(upgrade, 'Returning', now, `node ${current.node} is to come back`);
    case 'Stopped':
      if (neverBegan(task)) return stopUntouched(observed, now);
      return failed(observed, `AgentTask ${name} was stopped before its end: ${saidBy(task)}`, 'TaskStopped', now);
    case 'PartlySucceeded':
    case 'Failed':
      return failed(observed, `AgentTask ${name} failed: ${saidBy(task)}`, 'TaskFailed', now);
  }
}

function waitForTask(
  { upgrade }: Observed,
  current: RollingUpgradeCurrent,
  message: string,
  now: Date,
  blocked: boolean,
): Plan {
  return underWay(upgrade, now, 'Replacing', message, {
    status: { current: { ...current, made: true } },
    change: blocked ? { blockedBy: message } : {},
    requeueAfter: lookAgain,
  });
}

/** Of the machine first: it knows best. */
function saidBy({ status }: AgentTask): string {
  const ready = findCondition(status?.conditions, 'Ready')?.message;
  return status?.hosts?.[0]?.message ?? status?.message ?? ready ?? 'it does not say why';
}

function neverBegan({ status }: AgentTask): boolean {
  return status?.startTime === undefined && status?.run === undefined;
}

/** Its task did nothing: the node is what it was. */
function stopUntouched({ upgrade }: Observed, now: Date): Plan {
  const message = upgrade.spec.stop === true ? 'stopped on request' : 'the task of a node was stopped before it began';
  return beginEnding(upgrade, now, { phase: 'Stopped', reason: 'Stopped', message }, { status: 'running' });
}

/** Nothing is taken back: what is wrong with one node would be wrong with the next. */
function failed({ upgrade }: Observed, message: string, reason: string, now: Date): Plan {
  return beginEnding(upgrade, now, { phase: 'Failed', reason, message }, { status: 'failed', blockedBy: message });
}
