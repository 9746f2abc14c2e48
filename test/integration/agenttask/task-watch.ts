import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { findCondition } from '../../../kube/conditions.ts';
import type { KubectlAccess } from '../../cluster/kubectl.ts';
import { readiness } from './objects.ts';

type Changed =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: AgentTask }
  | { readonly type: 'ERROR' };

/** The tasks of one namespace, kept current by one `kubectl get --watch`: independent of the runtime under test. */
export class TaskWatch {
  readonly #tasks = new Map<string, AgentTask>();
  readonly #changes = new EventEmitter();
  readonly #access: KubectlAccess;
  readonly #namespace: string;
  #child: ChildProcess;
  #closing = false;

  constructor(access: KubectlAccess, namespace: string) {
    this.#changes.setMaxListeners(0);
    // Whoever waits gets the error; without anybody it must not end the process.
    this.#changes.on('error', () => {});
    this.#access = access;
    this.#namespace = namespace;
    this.#child = this.#watch();
  }

  #watch(): ChildProcess {
    const child = spawn(
      this.#access.kubectlPath,
      ['get', 'agenttasks', '--namespace', this.#namespace, '--watch', '--output-watch-events', '--output=json'],
      {
        env: { ...process.env, KUBECONFIG: this.#access.kubeconfigPath },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let problem = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (problem += text));
    child.once('close', () => {
      if (!this.#closing && child === this.#child) this.fail(new Error(`kubectl ended its watch: ${problem}`));
    });
    // One event a line.
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (child === this.#child) this.#apply(JSON.parse(line) as Changed);
    });
    return child;
  }

  get all(): readonly AgentTask[] {
    return [...this.#tasks.values()];
  }

  get(name: string): AgentTask | undefined {
    return this.#tasks.get(name);
  }

  /**
   * Resolves as soon as the tasks are as wanted, if only for a moment: each change that is told is looked at, however
   * many come at once. After `patience` milliseconds it gives up and says how the tasks stand.
   * @param wanted returns what is waited for, or undefined while it is not there
   */
  async until<Result>(wanted: () => Result | undefined, patience = 110_000): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const look = (): void => {
      try {
        const result = wanted();
        if (result !== undefined) resolve(result);
      } catch (error) {
        reject(error);
      }
    };
    const giveUp = (): void => reject(new Error(`after ${patience / 1000} s the tasks still are: ${this.#summary()}`));
    const impatient = setTimeout(giveUp, patience);
    this.#changes.on('change', look).on('error', reject);
    try {
      look();
      return await promise;
    } finally {
      clearTimeout(impatient);
      this.#changes.off('change', look).off('error', reject);
    }
  }

  /** The task once it has ended. */
  async ended(name: string): Promise<AgentTask> {
    return this.until(() => {
      const task = this.get(name);
      return task?.status?.completionTime === undefined ? undefined : task;
    });
  }

  /** The task once its condition Ready has this reason. */
  async ready(name: string, reason: string): Promise<AgentTask> {
    return this.until(() => {
      const task = this.get(name);
      return findCondition(task?.status?.conditions, 'Ready')?.reason === reason ? task : undefined;
    });
  }

  async gone(name: string): Promise<void> {
    await this.until(() => (this.get(name) === undefined ? true : undefined));
  }

  /** Whoever waits for a task gets this error. */
  fail(error: Error): void {
    this.#changes.emit('error', error);
  }

  close(): void {
    this.#closing = true;
    this.#child.kill();
  }

  #summary(): string {
    const running = this.all.filter(({ status }) => status?.completionTime === undefined);
    return running.map((task) => `${task.metadata.name} ${readiness(task)}`).join('; ');
  }

  #apply(changed: Changed): void {
    if (changed.type === 'ERROR') {
      // The server forgot what kubectl had seen last: kubectl would wait for ever.
      const broken = this.#child;
      this.#tasks.clear();
      this.#child = this.#watch();
      broken.kill();
      return;
    }
    const { name } = changed.object.metadata;
    if (changed.type === 'DELETED') this.#tasks.delete(name);
    else this.#tasks.set(name, changed.object);
    this.#changes.emit('change');
  }
}
