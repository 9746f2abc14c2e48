import type { AgentTask } from '../../../../crds/types/agenttask.ts';
import type { Change } from '../../../../kube/reflector.ts';
import type { Job, Pod } from '../../../../kube/workloads.ts';
import type { Executor, StopStage, Watcher } from '../executor.ts';
import { isHeldByRun, type JobContext, type JobRunsOptions } from './context.ts';
import { RunLog } from './follow.ts';
import { byRun, runIdOf } from './names.ts';
import type { RunOwner } from './order.ts';
import { JobExecutor } from './run.ts';

/** Calls that say "look again", of all runs together, in a second. */
const tellsPerSecond = 20;

/** Runs as Kubernetes Jobs, in the namespaces of their tasks. One for the whole process. */
export class JobRuns {
  readonly #options: JobRunsOptions;
  readonly #context: JobContext;
  readonly #logs = new Map<string, RunLog>();
  readonly #watchers = new Set<(id: string) => void>();
  /** Runs with new steps that nobody has been told of. */
  readonly #news = new Map<string, NodeJS.Timeout>();

  constructor(options: JobRunsOptions) {
    this.#options = options;
    this.#context = {
      ...options,
      endings: new Map(),
      hosts: new Map(),
      logOf: (id) => this.#logOf(id),
      watch: (onChange) => this.watch(onChange),
      forget: (id) => this.#forget(id),
    };
  }

  /** The executor for the runs of one task: cheap, made anew for each pass. */
  of({ metadata, spec }: AgentTask): Executor {
    const owner = {
      namespace: metadata.namespace ?? '',
      name: metadata.name,
      uid: metadata.uid ?? '',
      hosts: spec.hosts ?? [],
    };
    return new JobExecutor(this.#context, owner, { job: spec.job, credentialsSecret: spec.credentialsSecretRef?.name });
  }

  /** To be told of each change in the caches of Jobs and pods. */
  changed({ object }: Change<Job> | Change<Pod>): void {
    const id = runIdOf(object);
    if (id !== undefined) this.#tell(id);
  }

  /** Reports the id of a run whose Job or pods changed, at once, or whose steps did, about once a second. */
  watch(onChange: (id: string) => void): Watcher {
    this.#watchers.add(onChange);
    return { close: () => this.#watchers.delete(onChange) };
  }

  /** Ids of all runs that are held: those whose task is gone have to be stopped and removed by somebody. */
  async list(): Promise<string[]> {
    const held = [...this.#options.jobs.list(), ...this.#options.pods.list()].filter(isHeldByRun);
    return [...new Set(held.flatMap((object) => runIdOf(object) ?? []))];
  }

  /** For a run whose task is gone; as of its executor. */
  async requestStop(id: string, stage: StopStage): Promise<void> {
    await this.#orphan(id)?.requestStop(id, stage);
  }

  /** For a run whose task is gone; as of its executor. */
  async remove(id: string): Promise<void> {
    await this.#orphan(id)?.remove(id);
  }

  /** Ends the reading of logs. */
  close(): void {
    for (const id of [...this.#logs.keys(), ...this.#news.keys()]) this.#forget(id);
  }

  #orphan(id: string): Executor | undefined {
    const [job] = this.#options.jobs.byIndex(byRun, id);
    const object = job ?? this.#options.pods.byIndex(byRun, id)[0];
    if (object === undefined) return undefined;
    const { namespace = '', ownerReferences = [] } = object.metadata;
    const [reference] = job === undefined ? [] : ownerReferences;
    const owner: RunOwner = { namespace, name: reference?.name ?? '', uid: reference?.uid ?? '', hosts: [] };
    return new JobExecutor(this.#context, owner, { job: undefined, credentialsSecret: undefined });
  }

  #logOf(id: string): RunLog {
    const known = this.#logs.get(id);
    if (known !== undefined) return known;
    const { podLogs, settings } = this.#options;
    const made = new RunLog({ podLogs, maxBytes: settings.maxOutputBytes, onChange: () => this.#announce(id) });
    this.#logs.set(id, made);
    return made;
  }

  #forget(id: string): void {
    this.#logs.get(id)?.close();
    this.#logs.delete(id);
    clearTimeout(this.#news.get(id));
    this.#news.delete(id);
    this.#context.endings.delete(id);
    this.#context.hosts.delete(id);
  }

  /** A step is no reason to hurry: each call leads to writes. */
  #announce(id: string): void {
    if (this.#news.has(id)) return;
    const wait = Math.max(1, this.#logs.size / tellsPerSecond) * 1000;
    const timer = setTimeout(() => {
      this.#news.delete(id);
      this.#tell(id);
    }, wait);
    this.#news.set(id, timer.unref());
  }

  #tell(id: string): void {
    for (const watcher of this.#watchers) watcher(id);
  }
}
