import { randomUUID } from 'node:crypto';

import { pino } from 'pino';

import { JobRuns } from '../../../controllers/agenttask/executors/job/executor.ts';
import type { PodHost, PodResult } from '../../../controllers/agenttask/executors/job/contract.ts';
import { runIndexers, runObjectName } from '../../../controllers/agenttask/executors/job/names.ts';
import type { JobSettings } from '../../../controllers/agenttask/executors/job/order.ts';
import type {
  Executor,
  FinishedRun,
  RunOutcome,
  RunSpec,
  RunState,
} from '../../../controllers/agenttask/executors/executor.ts';
import { runLabel } from '../../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { KubeClient, type Client } from '../../../kube/client.ts';
import type { Clock } from '../../../kube/clock.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import type { PodLogs } from '../../../kube/podlogs.ts';
import { Reflector } from '../../../kube/reflector.ts';
import { Transport } from '../../../kube/transport.ts';
import { jobs, pods, type Job, type Pod } from '../../../kube/workloads.ts';
import { createNamespace, testCluster, type TestNamespace } from '../../cluster/testing.ts';
import { eventually } from '../kube/cluster.ts';
import { PlayedNode } from './job-node.ts';

/** Now, and later when a test says so. */
class MovedClock implements Clock {
  #ahead = 0;

  now(): Date {
    return new Date(Date.now() + this.#ahead);
  }

  advance(seconds: number): void {
    this.#ahead += seconds * 1000;
  }

  reset(): void {
    this.#ahead = 0;
  }
}

/** Logs of pods as a test writes them, by the name of the pod. */
class WrittenLogs implements PodLogs {
  readonly texts = new Map<string, string>();

  async read({ name }: { readonly name: string }, _options: object, onChunk: (chunk: Buffer) => void): Promise<void> {
    onChunk(Buffer.from(this.texts.get(name) ?? ''));
  }
}

/** A process that runs Jobs: its caches, and the executor of one task. */
export interface Life {
  readonly runs: JobRuns;
  readonly executor: Executor;
  /** The same, had the task asked for this run. */
  executorOf(run: RunSpec): Executor;
  end(): Promise<void>;
}

/** A namespace with a task, and a node on which the test plays the kubelet. */
export class JobSite {
  readonly client: KubeClient;
  readonly node: PlayedNode;
  readonly namespace: string;
  readonly task: AgentTask;
  readonly clock = new MovedClock();
  readonly logs = new WrittenLogs();
  readonly #transport: Transport;
  readonly #home: TestNamespace;
  readonly #lives: Life[] = [];

  private constructor(
    transport: Transport,
    client: KubeClient,
    node: PlayedNode,
    home: TestNamespace,
    task: AgentTask,
  ) {
    this.#transport = transport;
    this.#home = home;
    this.client = client;
    this.node = node;
    this.namespace = home.name;
    this.task = task;
  }

  /** @param spec of the task, beside its hosts and content */
  static async open(spec: Partial<AgentTask['spec']> = {}): Promise<JobSite> {
    const transport = new Transport(new Credentials(() => loadKubeConfig(testCluster().kubeconfigPath)));
    const client = new KubeClient(transport, { fieldManager: 'tests' });
    const home = await createNamespace();
    const node = await PlayedNode.start(client);
    const task = await client.create(agentTasks, {
      apiVersion: 'fleetwright.io/v1alpha1',
      kind: 'AgentTask',
      metadata: { namespace: home.name, name: 'task' },
      spec: {
        hosts: ['a.example.com', 'b.example.com', 'c.example.com'],
        content: '- debug:',
        executor: 'job',
        ...spec,
      },
    });
    return new JobSite(transport, client, node, home, task);
  }

  async close(): Promise<void> {
    for (const life of this.#lives) await life.end();
    await this.node.stop();
    await this.#home.remove();
    await this.#transport.close();
  }

  /** @param client the site's own, unless a test breaks it */
  async live(settings: Partial<JobSettings> = {}, client: Client = this.client): Promise<Life> {
    const log = pino({ level: 'silent' });
    const options = { namespace: this.namespace, labelSelector: runLabel, indexers: runIndexers, log };
    const jobCache = new Reflector<Job>(this.client, jobs, options);
    const podCache = new Reflector<Pod>(this.client, pods, options);
    const { podTemplate } = settings;
    const here = { ...podTemplate?.spec, ...this.node.placement };
    const runs = new JobRuns({
      client,
      podLogs: this.logs,
      jobs: jobCache.store,
      pods: podCache.store,
      clock: this.clock,
      log,
      settings: {
        image: 'example.com/runner:1',
        maxOutputBytes: 1_000_000,
        ...settings,
        podTemplate: { ...podTemplate, spec: here },
      },
    });
    jobCache.onChange((change) => runs.changed(change));
    podCache.onChange((change) => runs.changed(change));
    const ended = new AbortController();
    const running = [jobCache.run(ended.signal), podCache.run(ended.signal)];
    await Promise.all([jobCache.synced, podCache.synced]);
    const life = {
      runs,
      executor: runs.of(this.task),
      executorOf: ({ job, credentialsSecret }: RunSpec) => {
        const spec = {
          ...this.task.spec,
          ...(job === undefined ? {} : { job }),
          ...(credentialsSecret === undefined ? {} : { credentialsSecretRef: { name: credentialsSecret } }),
        };
        return runs.of({ ...this.task, spec });
      },
      end: async () => {
        runs.close();
        ended.abort();
        await Promise.all(running);
      },
    };
    this.#lives.push(life);
    return life;
  }

  spec(change: Partial<RunSpec> = {}): RunSpec {
    const { hosts = [] } = this.task.spec;
    const { job } = this.task.spec;
    return {
      id: `${randomUUID()}-1-1`,
      hosts,
      content: '- debug:',
      user: 'root',
      variables: {},
      forks: 5,
      timeoutSeconds: 60,
      hostKeyChecking: true,
      ...(job === undefined ? {} : { job }),
      ...change,
    };
  }

  async job(id: string): Promise<Job> {
    return this.client.get(jobs, { namespace: this.namespace, name: runObjectName(id) });
  }

  async podsOf(id: string): Promise<readonly Pod[]> {
    return (await this.client.list(pods, { namespace: this.namespace, labelSelector: `${runLabel}=${id}` })).items;
  }

  /** The pod of an index once it has its node. */
  async pod(id: string, index = 0, wanted: (pod: Pod) => boolean = () => true): Promise<Pod> {
    return eventually(this.client, pods, this.namespace, (pod) => {
      const mine =
        pod.metadata.labels?.[runLabel] === id &&
        pod.metadata.labels['batch.kubernetes.io/job-completion-index'] === String(index);
      return mine && (pod.spec?.nodeName ?? '') !== '' && wanted(pod);
    });
  }
}

/** Begins the run with a new id. */
export async function begin(life: Life, run: RunSpec): Promise<string> {
  const executor = life.executorOf(run);
  await executor.prepare(run);
  await executor.start(run.id);
  return run.id;
}

/** The state of the run as soon as it is as wanted, found through its own watch. */
export async function settled(executor: Executor, id: string, wanted: (state: RunState) => boolean): Promise<RunState> {
  const { promise, resolve, reject } = Promise.withResolvers<RunState>();
  const inspect = async (): Promise<void> => {
    const state = await executor.inspect(id);
    if (wanted(state)) resolve(state);
  };
  const look = (): void => {
    inspect().catch(reject);
  };
  const watcher = executor.watch((changed) => {
    if (changed === id) look();
  });
  // Events may be missed: that is what the slow poll is for.
  const poll = setInterval(look, 2000);
  look();
  try {
    return await promise;
  } finally {
    clearInterval(poll);
    watcher.close();
  }
}

export const over = ({ state }: RunState): boolean => state === 'finished' || state === 'lost';

/** A termination message, for so many hosts. */
export function verdict(outcome: RunOutcome, hosts: readonly PodHost[], more: Partial<PodResult> = {}): string {
  const result: PodResult = {
    version: 1,
    outcome,
    exitCode: outcome === 'successful' ? 0 : 2,
    startedAt: Date.now(),
    finishedAt: Date.now(),
    hosts,
    ...more,
  };
  return JSON.stringify(result);
}

export const changed: PodHost = ['changed', 2, 1, 0, 0, 0];
export const failed: PodHost = ['failed', 1, 0, 1, 0, 0, 'Task "x": no'];

/** How the run ended, which it has or will. */
export async function finished(life: Life, id: string): Promise<FinishedRun> {
  const state = await settled(life.executor, id, over);
  if (state.state !== 'finished') throw new Error(`run ${id} is ${state.state}`);
  return state;
}

/** What holds the run up, by its reason. */
export function hindrance(state: RunState): string | undefined {
  return state.state === 'running' ? state.hindrance?.reason : undefined;
}

/** What became of each host. */
export async function hostsOf({ executor }: Life, id: string): Promise<readonly string[]> {
  return (await executor.results(id)).hosts.map(({ result, message }) =>
    message === undefined ? result : `${result}: ${message}`,
  );
}
