import { mayBeCorrected } from '../../crds/corrections.ts';
import { workAnnotation } from '../../crds/labels.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import { keyOf } from '../../kube/objects.ts';
import { rfc3339 } from '../../kube/conditions.ts';
import { freeStaleClaims, released, waitForHosts } from '../shared/claim-steps.ts';
import { firstOf } from '../shared/planning.ts';
import { idToGive, showPlan, timeToLive, waitWhilePaused } from '../shared/steps.ts';
import { leaveNoChildBehind, releasedChildren } from './composite/deletion.ts';
import { workOf } from './batches/work.ts';
import { batchesOnTheirWay } from './batches/plan.ts';
import { beginBatches, showBatches, waitForBatches } from './batches/start.ts';
import { beginFamily, familyOnItsWay } from './composite/plan.ts';
import { refuseWhatIsTooLarge } from './composite/size.ts';
import { sshMaterial, SecretContentError } from './run/credentials.ts';
import { leaveNothingBehind } from './deletion.ts';
import { describe } from './dryrun.ts';
import { checkRun } from './executors/check-run.ts';
import { parseContent } from './executors/content.ts';
import { ContentError, InvalidRunError } from './executors/errors.ts';
import type { RunSpec } from './executors/executor.ts';
import type { Intent, Plan } from './intents.ts';
import type { Observed } from './observe.ts';
import { summarize, untouched } from './run/outcome.ts';
import type { Limits } from './limits.ts';
import { waitsSince } from './known-kind.ts';
import { isFinished } from './phases.ts';
import { turnReasons } from './reasons.ts';
import { corrected, ended, progress, reports, stillEnded, stuck, waiting } from './reports.ts';
import { runOnItsWay } from './run/plan.ts';
import { settingsOf } from './run/settings.ts';

interface Step {
  (observed: Observed, now: Date, limits: Limits): Plan | undefined;
}

/** In this order: a later step may rely on what every earlier one ruled out. */
const steps: readonly Step[] = [
  leaveNothingBehind,
  beginAnew,
  keepFinished,
  runOnItsWay,
  stopBeforeStart,
  stopWithParent,
  refuseWhatNobodyDoes,
  waitForJob,
  refuseOtherWork,
  refuseWhatCannotRun,
  whilePaused,
  showSteps,
  waitForCredentials,
  freeStale,
  waitForTurn,
  waitForSlot,
];

/** The same for a task that is split: it waits for no host and no slot, since its children do. */
const familySteps: readonly Step[] = [
  leaveNoChildBehind,
  beginAnew,
  keepFinished,
  familyOnItsWay,
  stopBeforeStart,
  refuseWhatNobodyDoes,
  waitForJob,
  refuseWhatCannotRun,
  refuseWhatIsTooLarge,
  whilePaused,
  showSteps,
  waitForCredentials,
];

/** The same for a task on a DeployGroup: it has its hosts for itself, since its children work under its claims. */
const batchSteps: readonly Step[] = [
  leaveNoChildBehind,
  beginAnew,
  keepFinished,
  batchesOnTheirWay,
  stopBeforeStart,
  stopWithParent,
  refuseWhatNobodyDoes,
  waitForJob,
  waitForBatches,
  refuseWhatCannotRun,
  refuseWhatIsTooLarge,
  whilePaused,
  showSteps,
  waitForCredentials,
  freeStale,
  waitForTurn,
];

/** Decides what is to be done for a task, from what was observed alone. */
export function plan(observed: Observed, now: Date, limits: Limits): Plan {
  const held = holdNothingWhileWaiting(observed, showBatches(observed, decide(observed, now, limits)));
  return {
    ...held,
    intents: [...idToGive(observed.task, observed.idTaken, 'task'), ...held.intents, ...releasedChildren(observed)],
  };
}

function decide(observed: Observed, now: Date, limits: Limits): Plan {
  const { family, staged } = observed;
  if (staged !== undefined) return firstOf(batchSteps, observed, now, limits) ?? beginBatches(observed, now);
  return family === undefined
    ? (firstOf(steps, observed, now, limits) ?? beginRun(observed, now))
    : (firstOf(familySteps, observed, now, limits) ?? beginFamily(observed, now));
}

/**
 * What a start that failed half-way has claimed: a task that kept it while it waits could wait for one that waits for
 * it.
 */
function holdNothingWhileWaiting({ claims }: Observed, next: Plan): Plan {
  if (next.status?.phase !== 'Pending' || claims.held.length === 0) return next;
  return {
    ...next,
    intents: [{ do: 'releaseHosts', hosts: claims.held, because: 'a task that waits holds no host' }, ...next.intents],
  };
}

const seconds = (count: number): number => count * 1000;

/**
 * A task that was refused, and whose spec was changed since. Not one that another task made: that one has taken its end
 * for what it is.
 */
function beginAnew({ task, parent }: Observed, now: Date): Plan | undefined {
  const changed = task.status?.observedGeneration !== task.metadata.generation;
  return changed && parent === 'none' && mayBeCorrected(task) ? corrected(task, now) : undefined;
}

function keepFinished({ task, claims, runHeld }: Observed, now: Date): Plan | undefined {
  if (!isFinished(task)) return undefined;
  const intents: Intent[] = [...released(claims, 'the task has ended')];
  if (runHeld) intents.push({ do: 'releaseRun', id: task.status?.run?.id ?? '', because: 'its end is recorded' });
  const status = stillEnded(task);
  const told = status === undefined ? {} : { status };
  const life = timeToLive(task.spec, task.status?.completionTime, now);
  if (life === undefined) return { intents, ...told };
  return life.left > 0
    ? { intents, ...told, requeueAfter: life.left }
    : { intents: [...intents, { do: 'deleteTask', because: life.because }] };
}

function refuseWhatNobodyDoes({ task, executor }: Observed, now: Date): Plan | undefined {
  if (executor === undefined) {
    const fix =
      task.spec.executor === 'job'
        ? 'does not run tasks as Kubernetes Jobs; use auto or local'
        : 'runs tasks as Kubernetes Jobs only; use auto or job';
    return stuck(task, now, 'ExecutorNotSupported', `spec.executor: this controller ${fix}`, seconds(300));
  }
  return undefined;
}

function stopBeforeStart({ task, claims, hosts }: Observed, now: Date): Plan | undefined {
  if (task.spec.stop !== true) return undefined;
  const intents = released(claims, 'the task is stopped');
  return ended(
    task,
    now,
    {
      phase: 'Stopped',
      reason: 'Stopped',
      message: 'stopped on request before it started',
      hosts: untouched(hosts),
    },
    intents,
  );
}

/**
 * One that was made while its parent was being stopped, or deleted: the parent has said already that nothing ran on the
 * host.
 */
function stopWithParent({ task, parent, claims, hosts }: Observed, now: Date): Plan | undefined {
  if (parent !== 'over') return undefined;
  const intents = released(claims, 'the task is stopped');
  return ended(
    task,
    now,
    {
      phase: 'Stopped',
      reason: 'Stopped',
      message: 'the task that made it was stopped, has ended or is deleted',
      hosts: untouched(hosts),
    },
    intents,
  );
}

/** Comes right by itself when somebody makes the job: its watch brings us back. */
function waitForJob({ task, job }: Observed, now: Date): Plan | undefined {
  const { jobRef } = task.spec;
  if (jobRef === undefined || job !== undefined) return undefined;
  return stuck(
    task,
    now,
    'JobNotFound',
    `spec.jobRef: there is no AgentJob ${jobRef.name} in namespace ${task.metadata.namespace}; ` +
      'create it, or name another one',
    seconds(300),
  );
}

/** The task of a batch was made to run what its parent has seen: another thing is not for it to begin. */
function refuseOtherWork({ task, job, hosts, claims }: Observed, now: Date): Plan | undefined {
  const meant = task.metadata.annotations?.[workAnnotation];
  if (meant === undefined || meant === workOf(task, job)) return undefined;
  const { jobRef } = task.spec;
  const what = jobRef === undefined ? 'its spec' : `AgentJob ${jobRef.name}`;
  const message = `${what} was changed after this task was made; nothing of it ran`;
  const ending = { phase: 'Failed', reason: 'JobChanged', message, hosts: untouched(hosts) } as const;
  return ended(task, now, ending, released(claims, 'the task does not run'));
}

/** Failed, not stalled: a client that polls must come to an end, and what was asked for can never run. */
function refuseWhatCannotRun(observed: Observed, now: Date): Plan | undefined {
  const { task, job, hosts } = observed;
  try {
    const settings = { ...settingsOf(task, job), hosts };
    checkRun({ ...settings, id: runId(observed) });
    parseContent(settings.content, settings.variables);
    return undefined;
  } catch (error) {
    if (error instanceof ContentError) {
      return ended(task, now, {
        phase: 'Failed',
        reason: 'ContentInvalid',
        message: `${owner(task, 'content')}.${error.message}`,
        hosts: untouched(hosts),
      });
    }
    if (error instanceof InvalidRunError)
      return ended(task, now, {
        phase: 'Failed',
        reason: 'SpecInvalid',
        message: `${owner(task, error.field)}.${error.message}`,
        hosts: untouched(hosts),
      });
    throw error;
  }
}

/** Whose field it is: what the task does not set itself comes from its job. */
function owner({ spec }: AgentTask, field: string): string {
  const [name = field] = field.split('.');
  return spec.jobRef === undefined || Object.hasOwn(spec, name) ? 'spec' : `AgentJob ${spec.jobRef.name}, spec`;
}

function whilePaused({ task }: Observed, now: Date): Plan | undefined {
  return waitWhilePaused(task, now, reports, 'to let the task start');
}

function showSteps({ task, job, hosts, wanted }: Observed, now: Date): Plan | undefined {
  return showPlan(task, now, reports, () => describe({ ...settingsOf(task, job), hosts }, task, wanted));
}

function waitForCredentials({ task, secret }: Observed, now: Date): Plan | undefined {
  const { credentialsSecretRef } = task.spec;
  if (credentialsSecretRef === undefined) return undefined;
  const name = `Secret ${credentialsSecretRef.name}`;
  if (secret === undefined) {
    return stuck(
      task,
      now,
      'SecretNotFound',
      `spec.credentialsSecretRef: there is no ${name} in namespace ${task.metadata.namespace}; ` +
        'create it with the key ssh-privatekey',
      seconds(10),
    );
  }
  try {
    sshMaterial(secret);
    return undefined;
  } catch (error) {
    if (error instanceof SecretContentError)
      return stuck(task, now, 'SecretInvalid', `spec.credentialsSecretRef: ${name}: ${error.message}`, seconds(10));
    throw error;
  }
}

function freeStale({ task, claims }: Observed, now: Date): Plan | undefined {
  return freeStaleClaims(task, claims, now, reports);
}

function waitForTurn({ task, claims }: Observed, now: Date): Plan | undefined {
  return waitForHosts(task, claims, waitsSince(task), now, reports);
}

function waitForSlot({ task, slot, executor }: Observed, now: Date): Plan | undefined {
  if (slot.open) return undefined;
  return waiting(
    task,
    now,
    turnReasons.slot,
    `${slot.limit === 1 ? '1 run is' : `${slot.limit} runs are`} under way, ` +
      `as many as this controller allows (${executor === 'job' ? '--max-jobs' : '--max-runs'})`,
    seconds(60),
    [{ do: 'queueForSlot', because: 'runs are under way' }],
  );
}

/**
 * The run is recorded as Running before it is started, and started only by a later pass that reads that record: so
 * never twice.
 */
function beginRun(observed: Observed, now: Date): Plan {
  const { task, job, secret, location, executor = 'local', claims } = observed;
  const run: RunSpec = {
    ...settingsOf(task, job),
    ...(secret === undefined ? {} : { ...sshMaterial(secret), credentialsSecret: secret.metadata.name }),
    id: runId(observed),
  };
  const because = `${keyOf(task)} may start`;
  const intents: Intent[] = [
    { do: 'takeSlot', because },
    { do: 'addFinalizer', because: 'a deleted task must not leave a run or a claim behind' },
    // All of them, also those that the cache shows as ours: it may be behind a release of our own.
    ...(task.spec.shared === true
      ? []
      : [{ do: 'claimHosts' as const, hosts: run.hosts, tickets: claims.tickets, because }]),
    { do: 'prepareRun', run, because },
  ];
  const message = `running on ${run.hosts.length === 1 ? run.hosts[0] : `${run.hosts.length} hosts`}`;
  const { plan: _, ...status } = progress(task, now, 'Running', 'Running', message);
  return {
    intents,
    status: {
      ...status,
      summary: summarize(untouched(run.hosts)),
      startTime: rfc3339(now),
      attempts: attempt(observed),
      run: { id: run.id, executor, location, timeoutSeconds: run.timeoutSeconds },
    },
    event: { type: 'Normal', reason: 'Started', action: 'Run', note: message },
  };
}

function attempt({ task }: Observed): number {
  return (task.status?.attempts ?? 0) + 1;
}

/** The generation is in it so that a folder prepared for an earlier spec is never taken for this one's. */
function runId(observed: Observed): string {
  const { uid, generation } = observed.task.metadata;
  return `${uid}-${generation}-${attempt(observed)}`;
}
