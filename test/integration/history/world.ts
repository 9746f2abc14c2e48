import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';

import {
  historyFinalizer,
  idLabel,
  requestedByAnnotation,
  requestIdAnnotation,
  runLogLabel,
  stoppedAtAnnotation,
  stoppedByAnnotation,
  stopRequestIdAnnotation,
} from '../../../crds/labels.ts';
import { encodeRunLog, runLogKey, runLogName, type RunStep } from '../../../crds/runlog.ts';
import { agentTasks, type AgentTask, type AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { kinds } from '../../../history/kinds.ts';
import { RecorderMetrics } from '../../../history/recorder/metrics.ts';
import { addRecorder } from '../../../history/recorder/setup.ts';
import { openHistory } from '../../../history/sqlite.ts';
import { configMaps, namespaces } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { NotFoundError } from '../../../kube/errors.ts';
import { Manager } from '../../../kube/manager.ts';
import { RuntimeMetrics } from '../../../kube/metrics.ts';
import type { ObjectMeta } from '../../../kube/objects.ts';
import { removeNamespace } from '../../cluster/remove-namespace.ts';
import type { Running, Scenario } from '../../harness/crash.ts';
import type { Steps } from '../../harness/steps.ts';

/** What one run of the harness has for itself. */
export interface RecorderWorld {
  readonly namespace: string;
  readonly folder: string;
  readonly historyFile: string;
}

export interface Story {
  readonly metadata?: Partial<ObjectMeta>;
  /** All that users, facade and controllers do: runs once, beside the recorder. Resolves when the task is gone, or left to itself. */
  readonly live: (world: RecorderWorld) => Promise<void>;
  readonly check: (world: RecorderWorld) => Promise<void>;
}

const silent = pino({ level: 'silent' });

/** A scenario over the real API server and a real history; each world has a namespace and a file of its own. */
export function recorderScenario(client: Client, story: Story): Scenario<RecorderWorld> {
  return {
    async begin() {
      const namespace = `history-${randomBytes(5).toString('hex')}`;
      const folder = await mkdtemp(join(tmpdir(), 'fleetwright-history-'));
      await client.create(namespaces, { metadata: { name: namespace } });
      await createTask(client, namespace, 'task', story.metadata);
      return { namespace, folder, historyFile: join(folder, 'history.sqlite') };
    },
    start: startRecorder,
    finished: (world) => story.live(world),
    check: (world) => story.check(world),
    async end(world) {
      await removeNamespace(client, world.namespace);
      await rm(world.folder, { recursive: true, force: true });
    },
  };
}

async function startRecorder(
  { namespace, historyFile }: RecorderWorld,
  client: Client,
  steps: Steps,
): Promise<Running> {
  const stopping = new AbortController();
  const manager = new Manager({ client, log: silent, gracePeriod: 5000 });
  const store = await openHistory(historyFile);
  addRecorder(manager, {
    client,
    store: steps.driver(store, 'store', ['see', 'complete', 'prune'], ['knowledge', 'unfinished']),
    // Half an hour ahead, so that no run has to wait until a name is free.
    kinds,
    clock: { now: () => new Date(Date.now() + 1_800_000) },
    log: silent,
    metrics: new RecorderMetrics(new RuntimeMetrics().registry, kinds, () => 0),
    namespace,
    retentionDays: 0,
  });
  const running = manager.run(stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
      await store.close();
    },
  };
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
  const annotations = {
    [stoppedByAnnotation]: 'jupiter',
    [stopRequestIdAnnotation]: 'request-2',
    [stoppedAtAnnotation]: new Date().toISOString(),
  };
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
  const deadline = AbortSignal.timeout(100_000);
  for (;;) {
    let task = await getTask(client, namespace, name);
    if (predicate(task)) return task;
    const { resourceVersion } = await client.list(agentTasks, { namespace, limit: 1 });
    task = await getTask(client, namespace, name);
    if (predicate(task)) return task;
    const found = new AbortController();
    const signal = AbortSignal.any([found.signal, deadline]);
    const watching = client.watch(
      agentTasks,
      { namespace, resourceVersion, fieldSelector: `metadata.name=${name}`, signal },
      (event) => {
        if (event.type === 'BOOKMARK' || found.signal.aborted) return;
        task = event.type === 'DELETED' ? undefined : event.object;
        if (predicate(task)) found.abort();
      },
    );
    await watching.catch(() => undefined);
    if (found.signal.aborted) return task;
    if (deadline.aborted)
      throw new Error(
        `the task ${name} did not get there; it is ${JSON.stringify(task?.metadata ?? 'gone')} ${JSON.stringify(task?.status)}`,
      );
  }
}

export async function getTask(client: Client, namespace: string, name: string): Promise<AgentTask | undefined> {
  try {
    return await client.get(agentTasks, { namespace, name });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
