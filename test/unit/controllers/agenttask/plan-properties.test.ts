import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { RunState } from '../../../../controllers/agenttask/executors/executor.ts';
import { finalizer } from '../../../../controllers/agenttask/finalizers.ts';
import type { Observed } from '../../../../controllers/agenttask/observe.ts';
import { isFinished } from '../../../../controllers/agenttask/phases.ts';
import { plan } from '../../../../controllers/agenttask/plan.ts';
import { mayBeCorrected } from '../../../../crds/corrections.ts';
import type { AgentTaskSpec, AgentTaskStatus } from '../../../../crds/types/agenttask.ts';
import { agentJob, content, privateKey, secret } from '../../../harness/agenttask/objects.ts';
import { now, observed, shown, verdictOf } from '../../../harness/agenttask/observed.ts';
import { breaches } from '../../../harness/world/schema.ts';
import { at, readCrds, schemaOf } from '../../crds/schema.ts';
import { amount } from '../../../harness/matrix.ts';

const statusSchema = at(
  schemaOf((await readCrds()).find(({ spec }) => spec.names.kind === 'AgentTask') ?? raise('crds/ has no AgentTask')),
  'status',
);
/** Rare combinations, such as a dry run of odd content, need many. */
const numRuns = amount(400, 2000);
const limits = { maxOutputBytes: 1000 };

function raise(message: string): never {
  throw new Error(message);
}

/** Some fields, each there or not. */
function some<T>(fields: { readonly [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<Partial<T>> {
  return fc.record({ ...fields }, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

const host = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('web-1', 'web-2', 'WEB-1', '2001:db8::1') },
  fc.string({ maxLength: 20, unit: 'grapheme' }),
);
const text = fc.oneof(
  fc.constant(content),
  fc.constant('- *a\n'),
  fc.constant('- name: *a\n'),
  fc.constant('- &a {}\n- *a\n'),
  fc.constant('- {}\n'),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
);
const time = fc.constantFrom('2026-01-01T11:59:30Z', '2026-01-01T11:00:00Z', '2026-01-01T12:00:00Z');

const spec = some<AgentTaskSpec>({
  hosts: fc.array(host, { maxLength: 4 }),
  content: text,
  jobRef: fc.constant({ name: 'job' }),
  groupRef: fc.constant({ name: 'group' }),
  variables: fc.dictionary(fc.oneof(fc.constantFrom('a', 'ansible_port', 'bad-name'), fc.string()), fc.jsonValue(), {
    maxKeys: 3,
  }),
  become: fc.constantFrom({}, { user: 'app' }),
  forks: fc.integer({ min: 1, max: 500 }),
  timeoutSeconds: fc.integer({ min: 1, max: 604_800 }),
  credentialsSecretRef: fc.constant({ name: 'key' }),
  executor: fc.constantFrom('auto', 'local', 'job'),
  ttlSecondsAfterFinished: fc.integer({ min: 0, max: 100 }),
  shared: fc.boolean(),
  stop: fc.boolean(),
  paused: fc.boolean(),
  dryRun: fc.boolean(),
});

const run = fc
  .record({
    id: fc.constant('u1-1-1'),
    executor: fc.constant('local' as const),
    timeoutSeconds: fc.integer({ min: 1, max: 604_800 }),
    location: fc.constantFrom('here', 'there'),
  })
  .chain((recorded) =>
    some({ stopStage: fc.constantFrom('interrupt', 'terminate', 'kill'), stopRequestedAt: time }).map((stop) => ({
      ...recorded,
      ...stop,
    })),
  );
const status = some<AgentTaskStatus>({
  phase: fc.constantFrom('Pending', 'Running', 'Succeeded', 'Failed', 'Stopped'),
  startTime: time,
  completionTime: time,
  attempts: fc.integer({ min: 0, max: 3 }),
  run,
});

const startedAt = new Date('2026-01-01T11:00:00Z');
const message = fc.string({ unit: 'grapheme', maxLength: 256 });
const state: fc.Arbitrary<RunState> = fc.oneof(
  fc.constant<RunState>({ state: 'absent' }),
  fc.constant<RunState>({ state: 'prepared' }),
  fc.constant<RunState>({ state: 'running', startedAt }),
  message.map((words): RunState => ({ state: 'lost', startedAt, message: words })),
  fc
    .record({ outcome: fc.constantFrom('successful', 'failed', 'timeout', 'canceled', 'error'), words: message })
    .map(({ outcome, words }): RunState => ({
      state: 'finished',
      outcome,
      exitCode: 1,
      startedAt,
      finishedAt: now,
      message: words,
    })),
);
const claim = fc.record({
  host,
  machine: host,
  lease: fc.string({ maxLength: 253 }),
  holder: fc.record({
    kind: fc.constant('AgentTask'),
    namespace: fc.constant('default'),
    name: fc.string({ maxLength: 253 }),
    uid: fc.string(),
  }),
});

const waiter = fc.record({
  kind: fc.constantFrom('AgentTask', 'ClusterStage'),
  key: fc.string({ maxLength: 300 }),
  uid: fc.string(),
  since: fc.constantFrom('2026-01-01T10:00:00Z', '2026-01-01T11:00:00Z', '2026-01-01T11:30:00Z'),
});

const worlds: fc.Arbitrary<Observed> = fc
  .record({
    spec,
    status: fc.option(status, { nil: undefined }),
    metadata: fc.constantFrom(
      {},
      { finalizers: [finalizer] },
      { deletionTimestamp: '2026-01-01T11:59:59Z', finalizers: [finalizer] },
    ),
    job: fc.option(
      text.map((words) => agentJob('job', { content: words })),
      { nil: undefined },
    ),
    secret: fc.constantFrom(undefined, secret('key', {}), secret('key', { 'ssh-privatekey': privateKey })),
    claims: fc.record({
      held: fc.array(host, { maxLength: 2 }),
      taken: fc.array(claim, { maxLength: 3 }),
      stale: fc.array(claim, { maxLength: 1 }),
      unknown: fc.array(claim, { maxLength: 1 }),
      unreadable: fc.array(fc.record({ host, lease: fc.constant('system/host-x') }), { maxLength: 1 }),
      tickets: fc.constant(new Map()),
      waiting: fc
        .array(fc.tuple(host, fc.array(waiter, { maxLength: 2 })), { maxLength: 2 })
        .map((byHost) => new Map(byHost)),
    }),
    slot: fc.record({ open: fc.boolean(), limit: fc.integer({ min: 1, max: 1000 }) }),
    run: fc.option(
      fc.record({
        state,
        results: fc.constantFrom(undefined, { hosts: [] }),
        outputBytes: fc.integer({ min: 0, max: 2000 }),
        logBehind: fc.boolean(),
      }),
      { nil: undefined },
    ),
  })
  .map(({ spec: wanted, status: before, metadata, ...around }) => observed(shown(wanted, before, metadata), around));

/**
 * A task that was refused before anything of it ran, and whose spec was changed since: it is no longer what it came to.
 */
function beginsAnew({ task, parent }: Observed): boolean {
  return mayBeCorrected(task) && parent === 'none' && task.status?.observedGeneration !== task.metadata.generation;
}

/** What must not be planned, whatever is observed. */
function dangers(world: Observed): readonly string[] {
  const { intents, status: next } = plan(world, now, limits);
  const names = intents.map((intent) => intent.do);
  const before = names.slice(0, Math.max(0, names.indexOf('prepareRun'))).join(' ');
  const needed = world.task.spec.shared === true ? 'takeSlot addFinalizer' : 'takeSlot addFinalizer claimHosts';
  return [
    ...(names.includes('startRun') && world.task.status?.phase !== 'Running' ? ['started before it was recorded'] : []),
    ...(isFinished(world.task) &&
    !beginsAnew(world) &&
    next !== undefined &&
    verdictOf(next) !== verdictOf(world.task.status)
      ? ['what a finished task came to was changed']
      : []),
    ...(names.includes('prepareRun') && before !== needed ? [`prepared after ${before}`] : []),
  ];
}

describe('whatever is observed', () => {
  test('a plan is made, and the same one every time', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        expect(plan(structuredClone(world), now, limits)).toEqual(plan(world, now, limits));
      }),
      { numRuns },
    );
  });

  test('the status keeps to the limits of the schema', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { status: next } = plan(world, now, limits);
        // What was in the spec comes back in the status; the spec's own limits are the API server's business.
        const ours = next === undefined ? undefined : { ...next, hosts: next.hosts?.filter(({ name }) => name !== '') };
        expect(breaches(statusSchema, ours, 'status')).toEqual([]);
      }),
      { numRuns },
    );
  });

  test('planning again from the reached state says and does nothing new, unless something is under way', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const first = plan(world, now, limits);
        const { status: reached } = first;
        if (beginsAnew(world) || reached === undefined || reached.phase === 'Running' || first.intents.length > 0)
          return;
        const second = plan({ ...world, task: { ...world.task, status: reached } }, now, limits);
        expect(second.status ?? reached).toEqual(reached);
        expect(
          second.intents.map((intent) => intent.do).filter((name) => name !== 'deleteTask' && name !== 'releaseHosts'),
        ).toEqual([]);
      }),
      { numRuns },
    );
  });

  test('nothing starts unrecorded, is prepared without slot and claims, or changes once it has finished', () => {
    expect(() => {
      fc.assert(
        fc.property(worlds, (world) => dangers(world).length === 0),
        { numRuns },
      );
    }).not.toThrow();
  });
});
