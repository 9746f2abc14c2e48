import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { pino } from 'pino';
import { expect } from 'vitest';

import { openLocalExecutor } from '../../../controllers/agenttask/executors/local.ts';
import { isFinished } from '../../../controllers/agenttask/phases.ts';
import { localPlace } from '../../../controllers/agenttask/run/places.ts';
import { addAgentTask } from '../../../controllers/agenttask/controller.ts';
import { parentLabel } from '../../../crds/labels.ts';
import { decodeRunLog, runLogKey, runLogName } from '../../../crds/runlog.ts';
import { agentTasks, type AgentTask, type AgentTaskSpec } from '../../../crds/types/agenttask.ts';
import { configMaps, leases, namespaces } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { systemClock } from '../../../kube/clock.ts';
import { NotFoundError } from '../../../kube/errors.ts';
import { EventRecorder } from '../../../kube/events.ts';
import { Manager } from '../../../kube/manager.ts';
import { removeNamespace } from '../../cluster/remove-namespace.ts';
import type { Running, Scenario } from '../../harness/crash.ts';
import type { Steps } from '../../harness/steps.ts';

/** What one run of the harness has for itself. */
export interface TaskWorld {
  readonly namespace: string;
  /** Runs' files, and the file that each run of the content adds one line to. */
  readonly folder: string;
  readonly traces: string;
}

export interface Story {
  readonly spec: (world: TaskWorld) => Partial<AgentTaskSpec>;
  /** The user's part: runs once, beside the controller. Resolves when the operation has come to its end. */
  readonly live: (world: TaskWorld, client: Client) => Promise<void>;
  readonly check: (world: TaskWorld, client: Client) => Promise<void>;
}

const silent = pino({ level: 'silent' });

/** A scenario over the real API server and real Ansible on this machine; each world has its own namespace and state folder. */
export function agentTaskScenario(client: Client, story: Story): Scenario<TaskWorld> {
  return {
    async begin() {
      const namespace = `crash-${randomBytes(5).toString('hex')}`;
      const folder = await mkdtemp(join(tmpdir(), 'fleetwright-crash-'));
      const world = { namespace, folder, traces: join(folder, 'traces') };
      await client.create(namespaces, { metadata: { name: namespace } });
      const spec = { hosts: ['host-a'], ...story.spec(world) };
      await client.create(agentTasks, {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'AgentTask',
        metadata: { name: 'task', namespace },
        spec,
      });
      return world;
    },
    start: (world, faulty, steps) => startController(world, faulty, steps, client),
    finished: (world) => story.live(world, client),
    check: (world) => story.check(world, client),
    async end(world) {
      await removeNamespace(client, world.namespace);
      await rm(world.folder, { recursive: true, force: true });
    },
  };
}

async function startController(world: TaskWorld, faulty: Client, steps: Steps, client: Client): Promise<Running> {
  const { namespace, folder } = world;
  const stopping = new AbortController();
  const manager = new Manager({ client: faulty, log: silent, gracePeriod: 5000 });
  // Events are written beside the work and are no steps of it.
  const events = new EventRecorder(client, {
    controller: 'fleetwright.io/controllers',
    instance: 'harness',
    log: silent,
  });
  const executor = steps.driver(
    await openLocalExecutor({ stateFolder: join(folder, 'runs') }),
    'executor',
    ['prepare', 'start', 'requestStop', 'remove'],
    ['inspect', 'results', 'steps', 'outputBytes', 'list'],
  );
  addAgentTask(manager, {
    client: faulty,
    places: [localPlace(executor, 4)],
    events,
    clock: systemClock,
    log: silent,
    claimsNamespace: namespace,
    namespace,
    limits: { maxOutputBytes: 1_000_000 },
  });
  const running = manager.run(stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
      await events.close();
    },
  };
}

/** Content that leaves one line for each time it is run on a host, then does `then`. */
export function tracing({ traces }: TaskWorld, then = 'true'): string {
  return `- hosts: all
  connection: local
  gather_facts: false
  vars: { ansible_python_interpreter: "{{ ansible_playbook_python }}" }
  tasks:
    - ansible.builtin.shell: echo "{{ inventory_hostname }}" >> ${traces}; ${then}
`;
}

export async function tracesOf({ traces }: TaskWorld): Promise<readonly string[]> {
  const text = await readFile(traces, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

export async function getTask(world: Pick<TaskWorld, 'namespace'>, client: Client): Promise<AgentTask | undefined> {
  try {
    return await client.get(agentTasks, { namespace: world.namespace, name: 'task' });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Watches the task until the predicate holds of it (undefined: it is gone). */
export async function untilTask(
  world: Pick<TaskWorld, 'namespace'>,
  client: Client,
  predicate: (task: AgentTask | undefined) => boolean,
): Promise<AgentTask | undefined> {
  const { namespace } = world;
  const deadline = AbortSignal.timeout(100_000);
  for (;;) {
    const { items, resourceVersion } = await client.list(agentTasks, {
      namespace,
      fieldSelector: 'metadata.name=task',
    });
    let [task] = items;
    if (predicate(task)) return task;
    const found = new AbortController();
    const signal = AbortSignal.any([found.signal, deadline]);
    await client
      .watch(agentTasks, { namespace, resourceVersion, fieldSelector: 'metadata.name=task', signal }, (event) => {
        task = event.type === 'DELETED' ? undefined : event.object;
        if (predicate(task)) found.abort();
      })
      .catch(() => undefined);
    if (found.signal.aborted) return task;
    if (deadline.aborted)
      throw new Error(`the task did not get there; it is ${JSON.stringify(task?.status ?? 'gone')}`);
  }
}

export const finished = (task: AgentTask | undefined): boolean => task !== undefined && isFinished(task);

/** No claim is held any more; waits for it, since claims are freed just after the end is written. */
export async function noClaims(world: Pick<TaskWorld, 'namespace'>, client: Client): Promise<void> {
  await expect
    .poll(async () => (await client.list(leases, { namespace: world.namespace })).items.length, { timeout: 30_000 })
    .toBe(0);
}

/** The tasks that the task made. */
export async function childrenOf(world: TaskWorld, client: Client): Promise<readonly AgentTask[]> {
  const { items } = await client.list(agentTasks, { namespace: world.namespace, labelSelector: parentLabel });
  return items;
}

/** What the log of the run tells of, as `host result`; it must be written before the task has ended. */
export async function logOf(world: TaskWorld, client: Client, task: AgentTask | undefined): Promise<readonly string[]> {
  const log = await client.get(configMaps, {
    namespace: world.namespace,
    name: runLogName(task?.status?.run?.id ?? '', 0),
  });
  return decodeRunLog(log.binaryData?.[runLogKey] ?? '').map(({ host, result }) => `${host} ${result}`);
}

/** No run folder but those of recorded runs. */
export async function noStrayRuns(world: TaskWorld, client: Client): Promise<void> {
  const { items } = await client.list(agentTasks, { namespace: world.namespace });
  const own = new Set(items.flatMap(({ status }) => status?.run?.id ?? []));
  const folders = await readdir(join(world.folder, 'runs'));
  expect(folders.filter((name) => !name.startsWith('.') && !own.has(name))).toEqual([]);
}
