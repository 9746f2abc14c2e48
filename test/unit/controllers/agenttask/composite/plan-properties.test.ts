import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { childName } from '../../../../../controllers/agenttask/composite/children.ts';
import type { Member } from '../../../../../controllers/agenttask/composite/observe.ts';
import { childFinalizer } from '../../../../../controllers/shared/parents.ts';
import { finalizer } from '../../../../../controllers/agenttask/finalizers.ts';
import type { Plan } from '../../../../../controllers/agenttask/intents.ts';
import type { Observed } from '../../../../../controllers/agenttask/observe.ts';
import { isFinished, isTerminal } from '../../../../../controllers/agenttask/phases.ts';
import { plan } from '../../../../../controllers/agenttask/plan.ts';
import type { AgentTask, AgentTaskPhase, AgentTaskStatus } from '../../../../../crds/types/agenttask.ts';
import { childTask, family, splitTask } from '../../../../harness/agenttask/family.ts';
import { now, verdictOf } from '../../../../harness/agenttask/observed.ts';
import { breaches } from '../../../../harness/world/schema.ts';
import { at, readCrds, schemaOf } from '../../../crds/schema.ts';
import { amount } from '../../../../harness/matrix.ts';

const statusSchema = at(
  schemaOf((await readCrds()).find(({ spec }) => spec.names.kind === 'AgentTask') ?? raise('crds/ has no AgentTask')),
  'status',
);
const limits = { maxOutputBytes: 1000 };
const numRuns = amount(600, 3000);
const deletionTimestamp = '2026-01-01T11:59:59Z';
const phases = [
  'Pending',
  'Running',
  'Succeeded',
  'PartlySucceeded',
  'Failed',
  'Stopped',
] as const satisfies readonly AgentTaskPhase[];

function raise(message: string): never {
  throw new Error(message);
}

const phase = fc.constantFrom(...phases);
const result = fc.constantFrom('ok', 'changed', 'failed', 'unreachable', 'skipped', 'notRun');

interface Sketch {
  readonly is: Member['is'];
  readonly phase: AgentTaskPhase;
  readonly recorded: AgentTaskPhase | undefined;
  readonly result: 'ok' | 'changed' | 'failed' | 'unreachable' | 'skipped' | 'notRun';
  readonly message: string | undefined;
  readonly deleted: boolean;
  readonly finalizers: readonly string[];
  readonly stop: boolean;
  readonly paused: boolean;
}

const sketch: fc.Arbitrary<Sketch> = fc.record({
  is: fc.constantFrom('unmade', 'unseen', 'there', 'there', 'there', 'gone', 'taken'),
  phase,
  recorded: fc.option(phase, { nil: undefined }),
  result,
  message: fc.option(fc.string({ unit: 'grapheme', maxLength: 1024 }), { nil: undefined }),
  deleted: fc.boolean(),
  finalizers: fc.subarray([finalizer, childFinalizer, 'fleetwright.io/history']),
  stop: fc.boolean(),
  paused: fc.boolean(),
});

const worlds: fc.Arbitrary<Observed> = fc
  .record({
    sketches: fc.array(sketch, { minLength: 1, maxLength: 5 }),
    stop: fc.boolean(),
    paused: fc.boolean(),
    dryRun: fc.boolean(),
    phase: fc.option(phase, { nil: undefined }),
    deletion: fc.constantFrom(
      {},
      { deletionTimestamp },
      { deletionTimestamp, finalizers: [finalizer, 'orphan'] },
      { deletionTimestamp, finalizers: [] },
    ),
    refusal: fc.option(fc.record({ message: fc.string({ maxLength: 2000 }), at: fc.constantFrom(now, new Date(0)) }), {
      nil: undefined,
    }),
    reportedAt: fc.constantFrom(undefined, now, new Date(0)),
  })
  .map(({ sketches, stop, paused, dryRun, phase: own, deletion, refusal, reportedAt }) => {
    const hosts = sketches.map((_, index) => `host-${index + 1}`);
    const bare = splitTask({ hosts, stop, paused, dryRun }, {}, deletion);
    const children = sketches.flatMap(({ recorded }, index) =>
      recorded === undefined ? [] : [{ name: childName(bare, index), host: `host-${index + 1}`, phase: recorded }],
    );
    const begun: AgentTaskStatus = {
      ...bare.status,
      children,
      hosts: sketches.flatMap(({ recorded, result: entry }, index) =>
        isTerminal(recorded) ? [{ name: `host-${index + 1}`, result: entry }] : [],
      ),
      ...(isTerminal(own) ? { completionTime: deletionTimestamp } : {}),
    };
    const { status: _, ...fresh } = bare;
    const task: AgentTask =
      own === undefined ? fresh : { ...bare, status: own === 'Pending' ? { phase: own } : { ...begun, phase: own } };
    return family(
      task,
      sketches.map((entry, index) => (entry.is === 'there' ? drawn(task, index, entry) : seen(entry, task))),
      { refusal, reportedAt },
    );
  });

/** Nobody can see a child as never made that stands in the status. */
function seen({ is, recorded }: Sketch, { status }: AgentTask): Member['is'] {
  return is === 'unmade' && recorded !== undefined && status?.children !== undefined ? 'gone' : is;
}

function drawn(
  parent: AgentTask,
  index: number,
  { phase: own, result: entry, message, deleted, finalizers, stop, paused }: Sketch,
): AgentTask {
  const status: AgentTaskStatus = {
    phase: own,
    ...(message === undefined ? {} : { message }),
    hosts: [{ name: `host-${index + 1}`, result: entry }],
  };
  return childTask(parent, index, status, { finalizers, ...(deleted ? { deletionTimestamp } : {}) }, { stop, paused });
}

interface Outcome extends Observed {
  readonly next: Plan;
  readonly going: boolean;
}

const recordedIn = (status: AgentTaskStatus | undefined): ReadonlyMap<string, AgentTaskPhase> =>
  new Map(status?.children?.map((child) => [child.name, child.phase]));
const namesOf = ({ next }: Outcome, what: 'makeChildren' | 'releaseChildren'): readonly string[] =>
  next.intents.flatMap((intent) =>
    intent.do === what && 'children' in intent
      ? intent.children.map((child) => ('metadata' in child ? child.metadata.name : child.name))
      : [],
  );
const ownWork = new Set<string>(['takeSlot', 'queueForSlot', 'claimHosts', 'prepareRun', 'startRun']);

/** What must not be planned for a split task, whatever is observed: each as a sentence, and whether it was. */
const dangers: readonly (readonly [sentence: string, happened: (outcome: Outcome) => boolean])[] = [
  ['it runs something itself', ({ next }) => next.intents.some((intent) => ownWork.has(intent.do))],
  [
    'children are made before it runs',
    (outcome) => outcome.task.status?.phase !== 'Running' && namesOf(outcome, 'makeChildren').length > 0,
  ],
  [
    'children are made although it is stopped, paused or deleted',
    (outcome) =>
      (outcome.going || outcome.task.spec.stop === true || outcome.task.spec.paused === true) &&
      namesOf(outcome, 'makeChildren').length > 0,
  ],
  [
    'a child is made that is there, or was',
    (outcome) =>
      namesOf(outcome, 'makeChildren').some(
        (name) =>
          recordedIn(outcome.task.status).has(name) ||
          outcome.family?.members.some((member) => member.name === name && member.is !== 'unmade') === true,
      ),
  ],
  [
    'a child is let go before its end is recorded',
    (outcome) =>
      !outcome.going &&
      !isFinished(outcome.task) &&
      namesOf(outcome, 'releaseChildren').some((name) => !isTerminal(recordedIn(outcome.task.status).get(name))),
  ],
  [
    'what a finished task came to is changed',
    ({ task, next }) =>
      isFinished(task) && next.status !== undefined && verdictOf(next.status) !== verdictOf(task.status),
  ],
  [
    'the last word on a child is taken back',
    ({ task, next }) =>
      next.status !== undefined &&
      next.status.phase !== 'Pending' &&
      [...recordedIn(task.status)].some(
        ([name, last]) => isTerminal(last) && recordedIn(next.status).get(name) !== last,
      ),
  ],
  [
    'it ends without a word on each host',
    ({ task, next }) =>
      !isFinished(task) && isTerminal(next.status?.phase) && next.status?.hosts?.length !== task.spec.hosts?.length,
  ],
];

function dangersIn(world: Observed): readonly string[] {
  const outcome: Outcome = {
    ...world,
    next: plan(world, now, limits),
    going: world.task.metadata.deletionTimestamp !== undefined,
  };
  return dangers.flatMap(([sentence, happened]) => (happened(outcome) ? [sentence] : []));
}

test('a split task runs nothing itself, makes no child twice, and lets none go unrecorded', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      expect(dangersIn(world)).toEqual([]);
    }),
    { numRuns },
  );
});

test('the status of a split task keeps to the limits of the schema', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      expect(breaches(statusSchema, plan(world, now, limits).status, 'status')).toEqual([]);
    }),
    { numRuns },
  );
});

test('planning is pure: it says the same every time, and changes nothing', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const before = structuredClone(world);
      expect(plan(structuredClone(world), now, limits)).toEqual(plan(world, now, limits));
      expect(world).toEqual(before);
    }),
    { numRuns },
  );
});
