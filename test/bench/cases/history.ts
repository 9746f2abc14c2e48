import { join } from 'node:path';

import { runLogLabel, historyFinalizer } from '../../../crds/labels.ts';
import { encodeRunLog, runLogKey, runLogName } from '../../../crds/runlog.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { pause } from '../../../kube/backoff.ts';
import { configMaps } from '../../../kube/builtin.ts';
import { KubeClient, listAll, type Client } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { Transport } from '../../../kube/transport.ts';
import type { Log } from '../../cluster/binaries/progress.ts';
import { startControlPlane, type ControlPlane } from '../../cluster/control-plane.ts';
import { installCrds } from '../../cluster/crds.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { Child } from '../child.ts';
import { nodeEnvironment, nodeFlags } from '../managers.ts';
import { cpuTime, memoryUse, type MemoryUse } from '../process-stats.ts';
import { settledMemory } from '../settled-memory.ts';
import { measureStore, type StoreFigures } from './history-store.ts';
import { linesOf, recordedTask } from './history-tasks.ts';

/** What the recorder does with finished tasks that wait for it. */
export interface RecorderFigures {
  readonly tasks: number;
  /** From its start until all are recorded and released, by tasks. */
  readonly perSecond: number;
  /** Milliseconds of its processor time for each task, its start included. */
  readonly cpu: number;
  /** MiB. */
  readonly peak: number;
  readonly settled: number;
}

export interface HistoryFigures {
  readonly recorder: RecorderFigures;
  readonly store: StoreFigures;
}

const namespace = 'fleetwright-system';
/** As many writes at once as the transport has connections. */
const writers = 10;
/** Younger tasks are not released yet (milliseconds). */
const oldEnough = 31_000;

/**
 * The recorder on so many finished tasks, from the API server to the disk and back; and the store alone, on so many.
 */
export async function measureHistory(
  sizes: { readonly recorded: number; readonly stored: number },
  log: Log,
): Promise<HistoryFigures> {
  const store = await measureStore(sizes.stored, log);
  const plane = await startControlPlane({
    components: { controllerManager: false, scheduler: false, kwok: false },
    log,
  });
  const transport = new Transport(new Credentials(() => loadKubeConfig(plane.kubeconfigPath)));
  try {
    await installCrds(plane.kubeconfigPath, undefined, { kubectlPath: plane.kubectlPath });
    await mustKubectl(plane, ['create', 'namespace', namespace]);
    const client = new KubeClient(transport, { fieldManager: 'bench-driver' });
    log(`history: creating ${sizes.recorded} finished tasks with their logs`);
    await fill(client, sizes.recorded);
    await pause(oldEnough, undefined);
    log('history: recording them');
    return { recorder: await measureRecorder(plane, client, sizes.recorded), store };
  } finally {
    await transport.close();
    await plane.stop();
  }
}

async function fill(client: Client, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1).values();
  const worker = async (): Promise<void> => {
    for (const number of numbers) await bring(client, recordedTask(namespace, number), number);
  };
  await Promise.all(Array.from({ length: writers }, worker));
}

async function bring(client: Client, { status, ...task }: AgentTask, number: number): Promise<void> {
  const { uid: _, creationTimestamp: __, generation: ___, ...metadata } = task.metadata;
  const created = await client.create(agentTasks, { ...task, metadata });
  const uid = created.metadata.uid ?? '';
  const run = { executor: 'local', id: `${uid}-1-1`, location: 'here', timeoutSeconds: 3600 };
  await client.create(configMaps, {
    metadata: { namespace, name: runLogName(run.id, 0), labels: { [runLogLabel]: uid } },
    binaryData: { [runLogKey]: encodeRunLog(linesOf(task, number)) },
  });
  await client.mergePatch(agentTasks, created.metadata, { status: { ...status, run } }, { subresource: 'status' });
}

async function measureRecorder(plane: ControlPlane, client: Client, tasks: number): Promise<RecorderFigures> {
  const released = await watchReleases(client, tasks);
  const startedAt = performance.now();
  const recorder = new Child({
    name: 'the recorder',
    command: process.execPath,
    args: [
      ...nodeFlags,
      join(import.meta.dirname, '..', '..', '..', 'history', 'main.ts'),
      '--history-file',
      join(plane.folder, 'history.sqlite'),
      '--health-port',
      '0',
      '--leader-election',
      'false',
    ],
    env: { KUBECONFIG: plane.kubeconfigPath, FLEETWRIGHT_NAMESPACE: namespace, ...nodeEnvironment() },
    logFile: join(plane.folder, 'recorder.log'),
  });
  try {
    await recorder.during(released.all);
    const took = performance.now() - startedAt;
    const [cpu, { peak }] = [await cpuTime(recorder.pid), await memoryUse(recorder.pid)];
    const memory = async (): Promise<MemoryUse> => memoryUse(recorder.pid);
    return {
      tasks,
      perSecond: (tasks * 1000) / took,
      cpu: cpu / tasks,
      peak,
      settled: await recorder.during(settledMemory({ memory })),
    };
  } finally {
    released.close();
    await recorder.stop();
  }
}

/** `all` resolves when none of the tasks has our finalizer any more. */
async function watchReleases(client: Client, tasks: number): Promise<{ readonly all: Promise<void>; close(): void }> {
  const held = new Set<string>();
  const note = ({ metadata }: AgentTask): void => {
    if (metadata.finalizers?.includes(historyFinalizer) === true) held.add(metadata.name);
    else held.delete(metadata.name);
  };
  const resourceVersion = await listAll(client, agentTasks, { namespace, limit: 500 }, (items) => items.forEach(note));
  if (held.size !== tasks) throw new Error(`${held.size} tasks of ${tasks} wait for the recorder`);
  const end = new AbortController();
  const all = Promise.withResolvers<void>();
  const watching = client.watch(agentTasks, { namespace, resourceVersion, signal: end.signal }, ({ type, object }) => {
    if (type !== 'BOOKMARK') note(object);
    if (held.size === 0) all.resolve();
  });
  watching.then(() => all.reject(new Error('the watch of the tasks ended too early')), all.reject);
  return { all: all.promise, close: () => end.abort() };
}
