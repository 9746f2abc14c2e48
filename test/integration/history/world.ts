import { join } from 'node:path';

import {
  historyFinalizer,
  idLabel,
  requestedByAnnotation,
  requestIdAnnotation,
  runLogLabel,
} from '../../../crds/labels.ts';
import { withOperation } from '../../../crds/operations.ts';
import { encodeRunLog, runLogKey, runLogName, type RunStep } from '../../../crds/runlog.ts';
import { agentTasks, type AgentTask, type AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { kinds } from '../../../history/kinds.ts';
import { RecorderMetrics } from '../../../history/recorder/metrics.ts';
import { addRecorder, type RecorderOptions } from '../../../history/recorder/recorder.ts';
import { openHistory } from '../../../history/sqlite.ts';
import { configMaps } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { RuntimeMetrics } from '../../../kube/metrics.ts';
import type { ObjectMeta } from '../../../kube/objects.ts';
import { startController } from '../../harness/controller.ts';
import type { Running, Scenario } from '../../harness/crash.ts';
import { makePlace, removePlace, type Place } from '../../harness/place.ts';
import type { Steps } from '../../harness/steps.ts';
import { until } from '../../harness/wait.ts';

/** What one run of the harness has for itself. */
export interface RecorderWorld extends Place {
  readonly historyFile: string;
}

export interface Story {
  readonly metadata?: Partial<ObjectMeta>;
  /**
   * All that users, facade and controllers do: runs once, beside the recorder. Resolves when the task is gone, or left
   * to itself.
   */
  readonly live: (world: RecorderWorld) => Promise<void>;
  readonly check: (world: RecorderWorld) => Promise<void>;
}

/** A scenario over the real API server and a real history; each world has a namespace and a file of its own. */
export function recorderScenario(client: Client, story: Story): Scenario<RecorderWorld> {
  return {
    async begin() {
      const place = await makePlace(client);
      await createTask(client, place.namespace, 'task', story.metadata);
      return { ...place, historyFile: join(place.folder, 'history.sqlite') };
    },
    start: ({ namespace, historyFile }, faulty, steps) =>
      startRecorder(faulty, client, historyFile, steps, { kinds, namespace }),
    finished: (world) => story.live(world),
    check: (world) => story.check(world),
    end: (world) => removePlace(client, world),
  };
}

/** A recorder in this process over a client that may fail. @param what which objects it looks after */
export async function startRecorder(
  faulty: Client,
  client: Client,
  historyFile: string,
  steps: Steps,
  what: Pick<RecorderOptions, 'kinds' | 'namespace'>,
): Promise<Running> {
  return startController(faulty, client, async ({ manager, log }) => {
    const store = await openHistory(historyFile);
    addRecorder(manager, {
      client: faulty,
      store: steps.driver(store, 'store', ['see', 'complete', 'prune'], ['knowledge', 'unfinished']),
      // Half an hour ahead, so that no run has to wait until a name is free.
      clock: { now: () => new Date(Date.now() + 1_800_000) },
      log,
      metrics: new RecorderMetrics(new RuntimeMetrics().registry, what.kinds, async () => 0),
      retentionDays: 0,
      ...what,
    });
    return () => store.close();
  });
}

/** As the facade makes them, but for the finalizer. */
export async function createTask(
  client: Client,
  namespace: string,
  name: string,
  metadata: Partial<ObjectMeta> = {},
): Promise<AgentTask> {
  return client.create(agentTasks, {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: {
      namespace,
      name,
      labels: { [idLabel]: '17' },
      annotations: { [requestedByAnnotation]: 'orion', [requestIdAnnotation]: 'request-1' },
      ...metadata,
    },
    spec: {
      hosts: ['host-a', 'host-b'],
      content: '- ansible.builtin.ping:\n',
      variables: { secret: 'not for the history' },
      correlationID: '16-16',
      source: 'hubble',
    },
  });
}

/** A log whose lines tell whose they are. */
export function stepsOf(name: string, count = 3): readonly RunStep[] {
  return Array.from({ length: count }, (_, number) => ({
    host: number % 2 === 0 ? 'host-a' : 'host-b',
    name: `${name} ${number}`,
    action: 'ansible.builtin.ping',
    start: '2026-11-21T12:00:02Z',
    end: '2026-11-21T12:00:03Z',
    result: 'ok',
  }));
}

/** What a controller does at the end of a run: first the log, then the status. */
export async function endTask(
  client: Client,
  { metadata }: AgentTask,
  log: readonly RunStep[] = stepsOf(metadata.name),
): Promise<void> {
  const { namespace = '', name, uid = '' } = metadata;
  const run = { id: `${uid}-1-1`, executor: 'local', location: 'here', timeoutSeconds: 60 } as const;
  const owner = { apiVersion: 'fleetwright.io/v1alpha1', kind: 'AgentTask', name, uid };
  await client.create(configMaps, {
    metadata: { namespace, name: runLogName(run.id, 0), labels: { [runLogLabel]: uid }, ownerReferences: [owner] },
    binaryData: { [runLogKey]: encodeRunLog(log) },
  });
  const status: AgentTaskStatus = {
    phase: 'Succeeded',
    startTime: '2026-11-21T12:00:01Z',
    completionTime: '2026-11-21T12:00:09Z',
    attempts: 1,
    run,
    hosts: [
      { name: 'host-a', result: 'ok', counts: { ok: 2, changed: 0, failed: 0, skipped: 0, unreachable: 0 } },
      { name: 'host-b', result: 'ok', counts: { ok: 1, changed: 0, failed: 0, skipped: 0, unreachable: 0 } },
    ],
    message: '2 hosts ok',
  };
  await client.mergePatch(agentTasks, { namespace, name }, { status }, { subresource: 'status' });
}

/** What the facade does when it is asked to stop a task. */
export async function requestStop(client: Client, namespace: string, name: string): Promise<void> {
  const annotations = withOperation(undefined, {
    operation: 'stop',
    user: 'jupiter',
    requestId: 'request-2',
    time: new Date().toISOString(),
  });
  await client.mergePatch(agentTasks, { namespace, name }, { metadata: { annotations }, spec: { stop: true } });
}

export const isHeld = (task: AgentTask | undefined): boolean =>
  task?.metadata.finalizers?.includes(historyFinalizer) === true;

/** Watches the task until the predicate holds of it (undefined: it is gone). */
export async function untilTask(
  client: Client,
  namespace: string,
  name: string,
  predicate: (task: AgentTask | undefined) => boolean,
): Promise<AgentTask | undefined> {
  const { task } = await until(client, agentTasks, { namespace, name }, ([one]) =>
    predicate(one) ? { task: one } : undefined,
  );
  return task;
}

export async function getTask(client: Client, namespace: string, name: string): Promise<AgentTask | undefined> {
  const { items } = await client.list(agentTasks, { namespace, fieldSelector: `metadata.name=${name}` });
  return items[0];
}
