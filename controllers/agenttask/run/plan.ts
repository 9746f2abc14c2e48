import type { AgentTaskRun } from '../../../crds/types/agenttask.ts';
import { rfc3339 } from '../../../kube/conditions.ts';
import type { StopStage } from '../executors/executor.ts';
import type { Intent, Plan } from '../intents.ts';
import type { Observed, RunView } from '../observe.ts';
import { endingOf, summarize, summaryText, untouched, type TaskEnding } from './outcome.ts';
import type { Limits } from '../limits.ts';
import { ended, hindered, progress } from '../reports.ts';

/**
 * How long (milliseconds) each stage of stopping is given before the next: Ansible ends its tasks, then its processes,
 * then is killed.
 */
const stageLasts: Readonly<Record<StopStage, number>> = { interrupt: 15_000, terminate: 10_000, kill: 5000 };
const nextStage: Readonly<Record<StopStage, StopStage>> = { interrupt: 'terminate', terminate: 'kill', kill: 'kill' };

/** The executor reports the end of a run at once; this is for when it could not. Milliseconds. */
const lookAgain = 10_000;
/** What a run is given, milliseconds, to end by its own timeout before it is stopped from here. */
const timeoutGrace = 60_000;
/**
 * A run that cannot be seen from here ends by its own timeout; after this much more (milliseconds) nobody waits for it.
 */
const unseenGrace = 600_000;

/** A task whose run was recorded: start it, watch it, stop it, or take its results. */
export function runOnItsWay(observed: Observed, now: Date, limits: Limits): Plan | undefined {
  const { task, run } = observed;
  if (task.status?.phase !== 'Running') return undefined;
  if (run === undefined) return elsewhere(observed, now);
  const { state } = run;
  switch (state.state) {
    case 'prepared':
      return startOrStop(observed, now);
    case 'running':
      return goOn(observed, run, now, limits);
    case 'absent':
      return ended(task, now, filesGone(task));
    case 'finished':
    case 'lost': {
      const id = task.status.run?.id ?? '';
      const intents: Intent[] =
        state.state === 'lost' ? [{ do: 'stopRun', id, stage: 'kill', because: 'what the lost run left behind' }] : [];
      intents.push({
        do: 'writeLog',
        id,
        outputBytes: run.outputBytes,
        last: true,
        because: state.state === 'lost' ? 'the run is lost' : 'the run has ended',
      });
      const outputLimit = run.outputBytes > limits.maxOutputBytes ? limits.maxOutputBytes : undefined;
      return ended(
        task,
        now,
        endingOf(state, run.results ?? { hosts: [] }, {
          stopRequested: task.spec.stop === true,
          outputLimit,
          overdue: isOverdue(observed, run, now),
        }),
        intents,
      );
    }
  }
}

/** Also where a pass died between removing the files of a stopped run and saying so. */
function filesGone({ spec }: Observed['task']): TaskEnding {
  const hosts = untouched(spec.hosts ?? []);
  if (spec.stop === true)
    return { phase: 'Stopped', reason: 'Stopped', message: "stopped on request; the run's files are gone", hosts };
  return {
    phase: 'Failed',
    reason: 'RunLost',
    message: "the run's files are gone, and the run is not repeated",
    hosts,
  };
}

/** Stops the run of a deleted task. @returns undefined when there is nothing (more) to stop. */
export function stopBeforeDeletion(observed: Observed, now: Date): Plan | undefined {
  const { task, run } = observed;
  if (task.status?.run === undefined) return undefined;
  if (run === undefined) {
    const plan = elsewhere(observed, now);
    return plan.requeueAfter === undefined ? undefined : plan;
  }
  if (run.state.state === 'lost') return undefined;
  return run.state.state === 'running' ? stop(observed, task.status.run, now, 'the task is deleted') : undefined;
}

function startOrStop({ task }: Observed, now: Date): Plan {
  const id = task.status?.run?.id ?? '';
  if (task.spec.stop !== true)
    return { intents: [{ do: 'startRun', id, because: 'it is recorded as running' }], requeueAfter: lookAgain };
  const ending = {
    phase: 'Stopped',
    reason: 'Stopped',
    message: 'stopped on request before it started',
    hosts: untouched(task.spec.hosts ?? []),
  } as const;
  return ended(task, now, ending, [{ do: 'removeRun', id, because: 'the task is stopped' }]);
}

function goOn(observed: Observed, run: RunView, now: Date, limits: Limits): Plan {
  const { task } = observed;
  const recorded = task.status?.run;
  const because =
    task.spec.stop === true
      ? 'spec.stop is true'
      : run.outputBytes > limits.maxOutputBytes
        ? `it wrote ${run.outputBytes} bytes`
        : isOverdue(observed, run, now)
          ? 'it did not heed its own timeout'
          : undefined;
  if (because !== undefined && recorded !== undefined) return stop(observed, recorded, now, because);
  const summary = summarize(run.results?.hosts ?? []);
  const { length } = task.spec.hosts ?? [];
  const message = `running on ${length === 1 ? task.spec.hosts?.[0] : `${length} hosts`}`;
  const intents: readonly Intent[] =
    run.logBehind && recorded !== undefined
      ? [{ do: 'writeLog', id: recorded.id, outputBytes: run.outputBytes, last: false, because: 'the run has gone on' }]
      : [];
  const hindrance = run.state.state === 'running' ? run.state.hindrance : undefined;
  const told =
    hindrance === undefined
      ? { status: progress(task, now, 'Running', 'Running', message) }
      : hindered(task, now, hindrance.reason, hindrance.message);
  return { ...told, intents, status: { ...told.status, summary }, requeueAfter: lookAgain };
}

/**
 * A run ends by its own timeout; one that did not, a minute later, has to be stopped. Counted from its true start,
 * which may be long after the record.
 */
function isOverdue({ task }: Observed, { state }: RunView, now: Date): boolean {
  if (state.state !== 'running' && state.state !== 'finished') return false;
  const until = state.state === 'finished' ? state.finishedAt : now;
  return until.getTime() - state.startedAt.getTime() > timeoutOf(task) + timeoutGrace;
}

/** Milliseconds, as recorded with the run: its AgentJob may have changed since. */
function timeoutOf({ status }: Observed['task']): number {
  return (status?.run?.timeoutSeconds ?? 0) * 1000;
}

/**
 * One stage at a time; the stage is recorded, so that a restarted controller goes on with it instead of beginning anew.
 */
function stop({ task }: Observed, recorded: AgentTaskRun, now: Date, because: string): Plan {
  const { id, stopStage, stopRequestedAt } = recorded;
  const since = now.getTime() - Date.parse(stopRequestedAt ?? rfc3339(now));
  const remaining = stopStage === undefined ? 0 : stageLasts[stopStage] - since;
  if (remaining > 0) return { intents: [], requeueAfter: remaining };
  const stage = stopStage === undefined ? 'interrupt' : nextStage[stopStage];
  const status = progress(task, now, 'Running', 'Stopping', `stopping (${stage}), because ${because}`);
  return {
    intents: [{ do: 'stopRun', id, stage, because }],
    status: { ...status, run: { ...recorded, stopStage: stage, stopRequestedAt: rfc3339(now) } },
    requeueAfter: stageLasts[stage],
  };
}

/**
 * Another machine has the run, and only that one can see it. On doubt nothing is done: it is never started again here.
 */
function elsewhere({ task, location, executor }: Observed, now: Date): Plan {
  const where = task.status?.run?.location;
  const deadline = Date.parse(task.status?.startTime ?? rfc3339(now)) + timeoutOf(task) + unseenGrace;
  if (now.getTime() < deadline) {
    const here = executor === undefined ? `without the executor ${task.status?.run?.executor}` : location;
    const status = progress(
      task,
      now,
      'Running',
      'RunElsewhere',
      `the run is at ${where}, which this controller (${here}) cannot see; it goes on when a controller runs there`,
    );
    return { intents: [], status, requeueAfter: Math.min(60_000, deadline - now.getTime()) };
  }
  const hosts = untouched(task.spec.hosts ?? []);
  return ended(task, now, {
    phase: 'Failed',
    reason: 'RunLost',
    message: `nothing was heard of the run at ${where} long after its timeout (${summaryText(summarize(hosts))})`,
    hosts,
  });
}
