import { describe, expect, test } from 'vitest';

import type { RunState } from '../../../../../controllers/agenttask/executors/executor.ts';
import { childFinalizer } from '../../../../../controllers/shared/parents.ts';
import { finalizer } from '../../../../../controllers/agenttask/finalizers.ts';
import type { Observed } from '../../../../../controllers/agenttask/observe.ts';
import { plan } from '../../../../../controllers/agenttask/plan.ts';
import { historyFinalizer } from '../../../../../crds/labels.ts';
import { noClaims, now, observed, shown, underWay } from '../../../../harness/agenttask/observed.ts';
import { deleted, limits, over, running, startedAt, told, type Case } from '../plans.ts';

const finished = (outcome: 'successful' | 'canceled' | 'failed') =>
  ({ state: 'finished', outcome, exitCode: 0, startedAt, finishedAt: now }) satisfies RunState;
const stopping = { stopStage: 'interrupt', stopRequestedAt: '2026-01-01T11:59:50Z' } as const;

function behind(world: Observed): Observed {
  return world.run === undefined ? world : { ...world, run: { ...world.run, logBehind: true } };
}

const runningCases: readonly Case[] = [
  ['a recorded run is started', underWay({ state: 'prepared' }), ['startRun'], undefined, 10],
  [
    'a recorded run that was stopped meanwhile is not started',
    underWay({ state: 'prepared' }, { stop: true }),
    ['removeRun'],
    'Stopped Stopped: stopped on request before it started',
    undefined,
  ],
  ['a run under way is left alone', underWay(running), [], 'Running Running: running on web-1', 10],
  [
    'a run that is held up says by what',
    underWay({ ...running, hindrance: { reason: 'QuotaExceeded', message: 'the quota small is used up' } }),
    [],
    'Running QuotaExceeded: the quota small is used up',
    10,
  ],
  [
    'a run that something ended names it, and what its hosts came to',
    underWay({ ...finished('failed'), cause: { reason: 'PodEvicted', message: 'pod a was evicted' } }),
    ['writeLog'],
    'PartlySucceeded PodEvicted: pod a was evicted',
    undefined,
  ],
  [
    'a run that was stopped on request is that, whatever became of its pods',
    underWay({ ...finished('canceled'), cause: { reason: 'PodDeleted', message: 'pod a is gone' } }, { stop: true }),
    ['writeLog'],
    'Stopped Stopped: stopped on request; 1 host: 1 ok',
    undefined,
  ],
  [
    'of a run that has done something since the last look the log is written',
    behind(underWay(running)),
    ['writeLog'],
    'Running Running: running on web-1',
    10,
  ],
  [
    'a run that is stopped comes before its log',
    behind(underWay(running, { stop: true })),
    ['stopRun'],
    'Running Stopping: stopping (interrupt), because spec.stop is true',
    15,
  ],
  [
    'paused does not touch a run under way',
    underWay(running, { paused: true }),
    [],
    'Running Running: running on web-1',
    10,
  ],
  [
    'a run is interrupted first',
    underWay(running, { stop: true }),
    ['stopRun'],
    'Running Stopping: stopping (interrupt), because spec.stop is true',
    15,
  ],
  ['a stage of stopping is given its time', underWay(running, { stop: true }, stopping), [], undefined, 5],
  [
    'terminate follows interrupt',
    underWay(running, { stop: true }, { ...stopping, stopRequestedAt: '2026-01-01T11:59:45Z' }),
    ['stopRun'],
    'Running Stopping: stopping (terminate), because spec.stop is true',
    10,
  ],
  [
    'kill follows terminate',
    underWay(running, { stop: true }, { stopStage: 'terminate', stopRequestedAt: '2026-01-01T11:59:50Z' }),
    ['stopRun'],
    'Running Stopping: stopping (kill), because spec.stop is true',
    5,
  ],
  [
    'kill is repeated',
    underWay(running, { stop: true }, { stopStage: 'kill', stopRequestedAt: '2026-01-01T11:59:55Z' }),
    ['stopRun'],
    'Running Stopping: stopping (kill), because spec.stop is true',
    5,
  ],
  [
    'a run that writes too much is stopped',
    underWay(running, {}, {}, 1001),
    ['stopRun'],
    'Running Stopping: stopping (interrupt), because it wrote 1001 bytes',
    15,
  ],
  [
    'a run is given a minute to heed its own timeout',
    underWay({ state: 'running', startedAt: new Date('2026-01-01T11:58:00Z') }, { timeoutSeconds: 60 }),
    [],
    'Running Running: running on web-1',
    10,
  ],
  [
    'a run that does not heed its own timeout is stopped',
    underWay({ state: 'running', startedAt: new Date('2026-01-01T11:57:59Z') }, { timeoutSeconds: 60 }),
    ['stopRun'],
    'Running Stopping: stopping (interrupt), because it did not heed its own timeout',
    15,
  ],
  [
    'a run whose start was long after its record has its full time',
    underWay(running, { timeoutSeconds: 1 }, {}),
    [],
    'Running Running: running on web-1',
    10,
  ],
  [
    'a run that ended well makes the task succeed',
    underWay(finished('successful')),
    ['writeLog'],
    'Succeeded Succeeded: 1 host: 1 ok',
    undefined,
  ],
  [
    'a run that was stopped on request makes the task stopped',
    underWay(finished('canceled'), { stop: true }),
    ['writeLog'],
    'Stopped Stopped: stopped on request; 1 host: 1 ok',
    undefined,
  ],
  [
    'a lost run is not repeated, and what it left is killed',
    underWay({ state: 'lost', startedAt, message: 'gone' }),
    ['stopRun', 'writeLog'],
    'Failed RunLost: the run ended without a result, and is not repeated: gone',
    undefined,
  ],
  [
    'a run whose files are gone is not repeated',
    underWay({ state: 'absent' }),
    [],
    "Failed RunLost: the run's files are gone, and the run is not repeated",
    undefined,
  ],
  [
    'a stopped run whose files are gone is stopped',
    underWay({ state: 'absent' }, { stop: true }),
    [],
    "Stopped Stopped: stopped on request; the run's files are gone",
    undefined,
  ],
  [
    'a run at another location is left to itself',
    underWay(running, {}, { location: 'there' }),
    [],
    'Running RunElsewhere: the run is at there, which this controller (here) cannot see; ' +
      'it goes on when a controller runs there',
    60,
  ],
];

/** A task that was deleted while it ran, and whose run has ended since. */
function underGoing(finalizers: readonly string[]): Observed {
  const world = underWay(finished('canceled'));
  return {
    ...world,
    task: { ...world.task, metadata: { ...world.task.metadata, ...deleted, finalizers: [finalizer, ...finalizers] } },
  };
}

const endCases: readonly Case[] = [
  ['a finished task is left as it is', observed(shown({}, over)), [], undefined, undefined],
  [
    'a finished task frees its hosts',
    observed(shown({}, over), { claims: { ...noClaims, held: ['web-1'] } }),
    ['releaseHosts'],
    undefined,
    undefined,
  ],
  [
    'a finished task lets go of what was kept for its end',
    observed(shown({}, { ...over, run: { id: 'u1-3-1', executor: 'job', location: 'here', timeoutSeconds: 60 } }), {
      runHeld: true,
      executor: 'job',
    }),
    ['releaseRun'],
    undefined,
    undefined,
  ],
  [
    'a finished task says that it has seen a change',
    observed(shown({ paused: true }, { ...over, observedGeneration: 2 })),
    [],
    'Succeeded undefined: undefined',
    undefined,
  ],
  [
    'a finished task waits for its time to live',
    observed(shown({ ttlSecondsAfterFinished: 60 }, over)),
    [],
    undefined,
    30,
  ],
  [
    'a finished task is deleted after its time to live',
    observed(shown({ ttlSecondsAfterFinished: 30 }, over)),
    ['deleteTask'],
    undefined,
    undefined,
  ],
  [
    'a deleted task without our finalizer is none of our business',
    observed(shown({}, undefined, { ...deleted, finalizers: ['example.com/other'] })),
    [],
    undefined,
    undefined,
  ],
  [
    'a deleted task that never started gives back what it may have claimed a moment ago',
    observed(shown({}, undefined, deleted)),
    ['releaseHosts', 'removeFinalizer'],
    undefined,
    undefined,
  ],
  [
    'a deleted shared task that never started just goes',
    observed(shown({ shared: true }, undefined, deleted)),
    ['removeFinalizer'],
    undefined,
    undefined,
  ],
  [
    'a deleted task that a history holds leaves its log',
    underGoing([historyFinalizer]),
    ['releaseHosts', 'writeLog', 'removeRun', 'removeFinalizer'],
    undefined,
    undefined,
  ],
  [
    'a deleted task that no history holds leaves none',
    underGoing([]),
    ['releaseHosts', 'removeRun', 'removeFinalizer'],
    undefined,
    undefined,
  ],
  [
    'a deleted child keeps the finalizer of its parent',
    observed(shown({}, undefined, { ...deleted, finalizers: [childFinalizer] }), { parent: 'there' }),
    [],
    undefined,
    undefined,
  ],
  [
    'a deleted child whose parent is gone goes by itself',
    observed(shown({}, undefined, { ...deleted, finalizers: [childFinalizer] }), { parent: 'gone' }),
    ['leaveParent'],
    undefined,
    undefined,
  ],
  [
    'a deleted task frees its hosts before it goes',
    observed(shown({}, undefined, deleted), { claims: { ...noClaims, held: ['web-1'] } }),
    ['releaseHosts', 'removeFinalizer'],
    undefined,
    undefined,
  ],
  [
    'a deleted task takes the files of its finished run along',
    observed(
      shown({}, { ...over, run: { id: 'r', executor: 'local', location: 'here', timeoutSeconds: 3600 } }, deleted),
    ),
    ['removeRun', 'removeFinalizer'],
    undefined,
    undefined,
  ],
  [
    'a deleted task leaves files at another location',
    observed(
      shown({}, { ...over, run: { id: 'r', executor: 'local', location: 'there', timeoutSeconds: 3600 } }, deleted),
    ),
    ['removeFinalizer'],
    undefined,
    undefined,
  ],
  [
    'the run of a deleted task is stopped first',
    {
      ...underWay(running),
      task: { ...underWay(running).task, metadata: { ...underWay(running).task.metadata, ...deleted } },
    },
    ['stopRun'],
    'Running Stopping: stopping (interrupt), because the task is deleted',
    15,
  ],
];

describe('plan', () => {
  test.each([...runningCases, ...endCases])('%s', (_sentence, world, does, says, again) => {
    expect(told(plan(world, now, limits))).toEqual({ does, says, again });
  });
});
