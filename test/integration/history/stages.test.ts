import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { historyFinalizer, requestedByAnnotation, requestIdAnnotation } from '../../../crds/labels.ts';
import { withOperation } from '../../../crds/operations.ts';
import {
  clusterStages,
  type ClusterStage,
  type ClusterStageProgressNode,
  type ClusterStageSpec,
} from '../../../crds/types/clusterstage.ts';
import { clusterStageHistory } from '../../../history/clusterstage/kind.ts';
import { openHistory } from '../../../history/sqlite.ts';
import { getIfThere } from '../../../kube/ifthere.ts';
import { crashAtEveryStep, crashIntoThePast, dropEveryEvent, type Scenario } from '../../harness/crash.ts';
import { nightly, patience, variants } from '../../harness/matrix.ts';
import { selecting } from '../../harness/views.ts';
import { until } from '../../harness/wait.ts';
import { clientForFile } from '../kube/cluster.ts';
import { startRecorder } from './world.ts';

const client = clientForFile();
/** In place of the controllers' own, which hold a stage until its nodes are as they were. */
const controllers = 'test.fleetwright.io/controllers';
const waiting = 60_000;

interface StageWorld {
  /** Of the ClusterStage. */
  readonly name: string;
  readonly folder: string;
  readonly historyFile: string;
}

interface StageStory {
  /** Runs once, beside the recorder. Resolves when the stage is gone. */
  readonly live: (world: StageWorld) => Promise<void>;
  readonly check: (world: StageWorld) => Promise<void>;
}

function scenario({ live, check }: StageStory): Scenario<StageWorld> {
  return {
    async begin() {
      const name = `history-${randomBytes(4).toString('hex')}`;
      const folder = await mkdtemp(join(tmpdir(), 'fleetwright-stages-'));
      await create(name, { finalizers: [controllers] });
      return { name, folder, historyFile: join(folder, 'history.sqlite') };
    },
    start: ({ name, historyFile }, faulty, steps) =>
      startRecorder(
        selecting(faulty, { [clusterStages.plural]: `metadata.name=${name}` }),
        client,
        historyFile,
        steps,
        { kinds: [clusterStageHistory] },
      ),
    finished: (world) => live(world),
    check,
    async end({ name, folder }) {
      await client.mergePatch(clusterStages, { name }, { metadata: { finalizers: null } }).catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As the stage API makes one. */
async function create(name: string, { finalizers }: { readonly finalizers: readonly string[] }): Promise<ClusterStage> {
  return client.create(clusterStages, {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'ClusterStage',
    metadata: {
      name,
      finalizers,
      annotations: { [requestedByAnnotation]: 'orion', [requestIdAnnotation]: 'request-1' },
    },
    spec: { stage: 'support', requestID: 'request-1' },
  });
}

/** Waits until somebody has seen to it that it stands so; undefined: it is gone. */
async function stage(name: string, wanted: (stage: ClusterStage | undefined) => boolean): Promise<void> {
  await until(client, clusterStages, { namespace: '', name }, ([one]) => (wanted(one) ? true : undefined));
}

/** What the controllers say of the present generation. */
async function say(
  name: string,
  reason: string,
  done: boolean,
  node: Partial<ClusterStageProgressNode>,
): Promise<void> {
  const { metadata, spec } = await client.get(clusterStages, { name });
  const { generation = 0 } = metadata;
  const time = '2026-11-21T12:00:09Z';
  const conditions = [
    { type: 'Ready', status: done ? 'True' : 'False', reason, message: '', lastTransitionTime: time },
  ];
  const run = { id: generation, digest: 'digest', stage: spec.stage, startTime: '2026-11-21T12:00:01Z' };
  const status = {
    observedGeneration: generation,
    stage: spec.stage,
    run: done ? { ...run, completionTime: time } : run,
    progress: { totalRate: done ? 100 : 50, nodes: [{ name, rate: 100, ...node }] },
    conditions,
  };
  await client.mergePatch(clusterStages, { name }, { status }, { subresource: 'status' });
}

/** As the stage API changes one: what was done and by whom is one write. */
async function ask(name: string, spec: ClusterStageSpec, user: string): Promise<void> {
  const { metadata } = await client.get(clusterStages, { name });
  const operation = { operation: 'setStage', user, requestId: spec.requestID ?? '', time: new Date().toISOString() };
  const annotations = withOperation(metadata.annotations, operation);
  await client.mergePatch(clusterStages, { name }, { metadata: { annotations }, spec });
}

interface Told {
  readonly stages: readonly string[];
  readonly operations: readonly string[];
}

/** All that the history knows of the stage. */
async function told({ historyFile }: StageWorld, uid: string): Promise<Told> {
  const store = await openHistory(historyFile, { readOnly: true });
  try {
    const records = await store.byUid(clusterStageHistory, uid);
    const operations = await store.operations(uid);
    const rows = await store.rows(clusterStageHistory, 'node', [uid]);
    const steps = rows.map(({ row }) => String(row['completed'] ?? row['current']));
    return {
      stages: [
        ...records.map(
          ({ object: { metadata, spec, status }, complete }) =>
            `${metadata.generation} ${spec.stage}${metadata.deletionTimestamp === undefined ? '' : ' deleted'} ` +
            `${status?.conditions?.[0]?.reason ?? '-'} ${complete ? 'complete' : 'open'}`,
        ),
        ...steps,
      ],
      operations: operations.map(({ operation, user }) => `${operation} by ${user}`),
    };
  } finally {
    await store.close();
  }
}

const uids = new Map<string, string>();

function isHeld(one: ClusterStage | undefined): boolean {
  return one?.metadata.finalizers?.includes(historyFinalizer) === true;
}

/** Waits until the recorder holds the stage. @returns its uid */
async function held(name: string): Promise<string> {
  await stage(name, isHeld);
  const { uid = '' } = (await client.get(clusterStages, { name })).metadata;
  uids.set(name, uid);
  return uid;
}

/** Two changes, the second before anybody has reached what the first one asked for; then it is deleted half-way. */
const changed: StageStory = {
  async live(world) {
    const { name } = world;
    const uid = await held(name);
    await say(name, 'Draining', false, { current: 'drain', completed: ['claim', 'cordon'] });
    await say(name, 'OutOfService', true, { completed: ['claim', 'cordon', 'drain'] });
    await recordedAs(world, uid, '1 support OutOfService complete');
    await ask(name, { stage: 'running', requestID: 'request-2' }, 'jupiter');
    await ask(name, { stage: 'booting', requestID: 'request-3' }, 'saturn');
    await say(name, 'NodeNotReady', false, { current: 'ready' });
    // What nobody has heard of cannot be recorded.
    await recordedAs(world, uid, '3 booting NodeNotReady open');
    await client.delete(clusterStages, { name });
    await letGo(name);
  },
  async check(world) {
    const { stages, operations } = await told(world, uids.get(world.name) ?? '');
    // The second one was there for a moment only: whether it was seen depends on who is faster.
    expect(stages.filter((line) => line !== '2 running - complete')).toEqual([
      '1 support OutOfService complete',
      '3 booting NodeNotReady complete',
      '4 booting deleted - complete',
      'claim,cordon,drain',
      'ready',
    ]);
    expect(operations).toEqual(['create by orion', 'setStage by jupiter', 'setStage by saturn', 'delete by ']);
  },
};

/** Somebody takes away what holds it. */
const takenAway: StageStory = {
  async live(world) {
    const { name } = world;
    const uid = await held(name);
    await say(name, 'DrainBlocked', false, { current: 'drain', blockedBy: 'pod shop/web-1 is held' });
    await recordedAs(world, uid, '1 support DrainBlocked open');
    await client.delete(clusterStages, { name });
    await client.mergePatch(clusterStages, { name }, { metadata: { finalizers: null } });
    await vi.waitFor(async () => expect((await told(world, uid)).stages.join()).not.toContain('open'), {
      timeout: waiting,
      interval: 20,
    });
  },
  async check(world) {
    const { stages } = await told(world, uids.get(world.name) ?? '');
    // The deletion itself may have gone by unseen.
    expect(stages.filter((line) => line !== '2 support deleted - complete')).toEqual([
      '1 support DrainBlocked complete',
      'drain',
    ]);
  },
};

async function recordedAs(world: StageWorld, uid: string, line: string): Promise<void> {
  await vi.waitFor(async () => expect((await told(world, uid)).stages).toContain(line), {
    timeout: waiting,
    interval: 20,
  });
}

/** What the controllers do when nodes are as they were; what the recorder holds waits for it alone. */
async function letGo(name: string): Promise<void> {
  const { metadata } = await client.get(clusterStages, { name });
  const finalizers = metadata.finalizers?.filter((finalizer) => finalizer !== controllers) ?? [];
  const { resourceVersion } = metadata;
  await client.mergePatch(clusterStages, { name }, { metadata: { finalizers, resourceVersion } });
  await stage(name, (now) => now === undefined);
}

/** By day a death after each kind of step. */
const moments = nightly ? (['before', 'after'] as const) : (['after'] as const);

describe('each stage of a ClusterStage is recorded once', { timeout: patience(300_000) }, () => {
  test('also when the recorder dies at any of its steps: changes, who asked for them, and the deletion', async () => {
    const steps = await crashAtEveryStep(scenario(changed), { client, moments });
    expect(new Set(steps)).toEqual(new Set(['store.see', 'mergePatch clusterstages', 'store.complete']));
    // Held once, until it is deleted.
    expect(steps.filter((step) => step === 'mergePatch clusterstages')).toHaveLength(2);
  });

  test('also when somebody takes away what holds it: as it was seen last', async () => {
    expect(await crashAtEveryStep(scenario(takenAway), { client, moments })).toContain('store.complete');
  });

  test('also when the next recorder sees the past first', async () => {
    const only = nightly ? {} : { only: ['store.complete'] };
    expect(await crashIntoThePast(scenario(changed), { client, ...only })).toContain('store.complete');
  });

  test.each(variants([changed], []))('also when events are lost', async (what) => {
    expect(await dropEveryEvent(scenario(what), { client })).toBeGreaterThan(2);
  });
});

test('without a history nothing holds a ClusterStage', async () => {
  const name = `history-${randomBytes(4).toString('hex')}`;
  await create(name, { finalizers: [] });
  await say(name, 'OutOfService', true, {});
  await client.delete(clusterStages, { name });
  await expect.poll(() => getIfThere(client, clusterStages, { name })).toBeUndefined();
});
