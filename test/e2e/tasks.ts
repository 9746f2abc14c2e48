import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { vi } from 'vitest';
import type { AgentTaskSpec } from '../../crds/types/agenttask.ts';
import { hostFolder } from '../hosts/hosts.ts';
import { keySecret } from './names.ts';
import { parseJob, parsePods, parseTask } from './objects.ts';
import type { JobView, PodView, TaskView } from './objects.ts';
import type { Site } from './site.ts';

/** Many times what two busy cores take. */
const seconds = 480;
const patience = { timeout: seconds * 1000, interval: 500 };

/** An AgentTask as it is applied. */
function agentTask(namespace: string, name: string, spec: Partial<AgentTaskSpec>): object {
  return {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { name, namespace },
    spec: { user: 'root', credentialsSecretRef: { name: keySecret }, ...spec },
  };
}

/** Content that adds one line to a file of each host whenever it runs there, then does what the shell is told. */
export function marking(name: string, then = 'true'): string {
  const script = `echo {{ inventory_hostname }} >> ${hostFolder}/${name}; ${then}`;
  return `- ansible.builtin.raw: ${JSON.stringify(script)}\n`;
}

/** Content that does the same and then goes on until `letGo` is called. */
export function holding(name: string): string {
  return marking(name, `until [ -e ${hostFolder}/${name}.go ]; do sleep 1; done`);
}

/** Tasks of one namespace, and what they left on the hosts. */
export class Tasks {
  readonly #site: Site;
  readonly namespace: string;
  readonly #held = new Set<string>();

  constructor(site: Site, namespace: string) {
    this.#site = site;
    this.namespace = namespace;
  }

  /** Makes a task whose content holds on, and waits until it has begun on all its hosts. */
  async hold(name: string, hosts: readonly string[], spec: Partial<AgentTaskSpec> = {}): Promise<void> {
    this.#held.add(name);
    await this.make(name, { hosts: [...hosts], content: holding(name), ...spec });
    await this.marked(name, hosts.length);
  }

  async make(name: string, spec: Partial<AgentTaskSpec>): Promise<void> {
    // The hosts may have served tests before.
    await Promise.all(
      this.#site.e2e.hosts.flatMap(({ pid }) =>
        [name, `${name}.go`].map((file) => rm(this.#file(pid, file), { force: true })),
      ),
    );
    await this.#site.apply([agentTask(this.namespace, name, spec)]);
  }

  /** Ends the waiting of content that holds on, on all hosts. */
  async letGo(name: string): Promise<void> {
    await Promise.all(this.#site.e2e.hosts.map((host) => writeFile(this.#file(host.pid, `${name}.go`), '')));
  }

  /** The same for all tasks that hold on: for the end of a test, or they would keep others from their hosts. */
  async letAllGo(): Promise<void> {
    await Promise.all([...this.#held].map((name) => this.letGo(name)));
  }

  /** A line for each time that the content ran on a host: the host's address. */
  async marks(name: string): Promise<readonly string[]> {
    const texts = await Promise.all(
      this.#site.e2e.hosts.map((host) => readFile(this.#file(host.pid, name), 'utf8').catch(() => '')),
    );
    return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
  }

  async marked(name: string, count: number): Promise<void> {
    await vi.waitFor(async () => {
      const { length } = await this.marks(name);
      if (length < count) throw new Error(`the content of ${name} ran ${length} times, not ${count} times yet`);
    }, patience);
  }

  /** Adds to a file that content may read, on all hosts. */
  async write(name: string, text: string): Promise<void> {
    await Promise.all(this.#site.e2e.hosts.map((host) => appendFile(this.#file(host.pid, name), text)));
  }

  async get(name: string): Promise<TaskView> {
    return parseTask(await this.#kubectl(['get', 'agenttask', name, '-o', 'json']));
  }

  /** Waits until the task has succeeded. */
  async succeeded(...names: readonly string[]): Promise<void> {
    await this.#kubectl([
      'wait',
      '--for=condition=Succeeded',
      `--timeout=${seconds}s`,
      ...names.map((name) => `agenttask/${name}`),
    ]);
  }

  /** Waits until the task has ended otherwise. */
  async ended(name: string): Promise<TaskView> {
    await this.#kubectl(['wait', '--for=condition=Succeeded=False', `--timeout=${seconds}s`, `agenttask/${name}`]);
    return this.get(name);
  }

  /** Waits until a task that is under way says what holds it up. */
  async heldUp(name: string, reason: string): Promise<TaskView> {
    return vi.waitFor(async () => {
      const task = await this.get(name);
      if (task.reason !== reason)
        throw new Error(`task ${name} says ${task.reason}, not ${reason} yet: ${task.message}`);
      return task;
    }, patience);
  }

  /** The Job of the task's run. Throws ClusterError KUBECTL_FAILED when it is gone. */
  async job(name: string): Promise<JobView> {
    return parseJob(await this.#kubectl(['get', 'job', await this.jobName(name), '-o', 'json']));
  }

  async jobName(name: string): Promise<string> {
    const { runId } = await this.get(name);
    if (runId === undefined) throw new Error(`task ${name} has no run`);
    return `run-${runId}`;
  }

  /** Pods of the task's run. */
  async pods(name: string): Promise<readonly PodView[]> {
    const { runId } = await this.get(name);
    return parsePods(await this.#kubectl(['get', 'pods', '--selector', `fleetwright.io/run=${runId}`, '-o', 'json']));
  }

  /** The first pod of the task's run; its content must have begun. */
  async pod(name: string): Promise<PodView> {
    const [pod] = await this.pods(name);
    if (pod === undefined) throw new Error(`task ${name} has no pod`);
    return pod;
  }

  #kubectl(args: readonly string[]): Promise<string> {
    return this.#site.kubectl(['--namespace', this.namespace, ...args]);
  }

  #file(pid: number, name: string): string {
    return `/proc/${pid}/root${hostFolder}/${name}`;
  }
}
