import type { RunStep } from '../../../../crds/runlog.ts';
import { RunStillRunningError } from '../errors.ts';
import type { Executor, RunResults, RunSpec, RunState, StopStage, Watcher } from '../executor.ts';
import { prepareRun, startRun, type BeginningRun } from './begin.ts';
import { jobDeleted } from './causes.ts';
import { isHeldByRun, isOwnedBy, type RunEnd, type JobContext } from './context.ts';
import { endPods, giveUp, releaseRun, stopRun } from './end.ts';
import { liveResults } from './live.ts';
import { findConfigMap, listPods, look, readRunPlan, type Look } from './look.ts';
import { mergeResults } from './merge.ts';
import { annotatedNumber, runIdOf, runObjectName, shardSizeAnnotation, startedAnnotation } from './names.ts';
import type { RunOwner } from './order.ts';
import { hasEnded, timeOf } from './pod-status.ts';

/** The runs of one task. */
export class JobExecutor implements Executor {
  readonly location: string;
  readonly #context: JobContext;
  readonly #owner: RunOwner;
  readonly #order: Omit<BeginningRun, 'id'>;

  constructor(context: JobContext, owner: RunOwner, order: Omit<BeginningRun, 'id'>) {
    this.location = `namespace/${owner.namespace}`;
    this.#context = context;
    this.#owner = owner;
    this.#order = order;
  }

  async prepare(run: RunSpec): Promise<void> {
    await prepareRun(this.#context, this.#owner, run);
  }

  async start(id: string): Promise<void> {
    await startRun(this.#context, this.#owner, { ...this.#order, id });
  }

  async inspect(id: string): Promise<RunState> {
    const ending = this.#context.endings.get(id);
    if (ending !== undefined) return ending.state;
    const seen = await look(this.#context, this.#owner, id);
    if (seen === undefined) return this.#withoutJob(id);
    if (seen.state.state === 'finished') return (await this.#end(id, seen)).state;
    await this.#carryOut(seen);
    this.#context.logOf(id).follow(seen.pods);
    return seen.state;
  }

  async requestStop(id: string, stage: StopStage): Promise<void> {
    await stopRun(this.#context, this.#owner, id, stage);
  }

  async results(id: string): Promise<RunResults> {
    const ending = await this.#ending(id);
    if (ending !== undefined) return ending.results;
    return { hosts: liveResults(await this.#hosts(id), this.#context.logOf(id)) };
  }

  async steps(id: string): Promise<readonly RunStep[]> {
    const log = this.#context.logOf(id);
    const ending = await this.#ending(id);
    if (ending !== undefined) await log.complete(ending.pods);
    return log.steps();
  }

  isHeld(id: string): boolean {
    const job = this.#context.jobs.get(`${this.#owner.namespace}/${runObjectName(id)}`);
    return job !== undefined && isHeldByRun(job);
  }

  async release(id: string): Promise<void> {
    await releaseRun(this.#context, this.#owner, id, false);
    this.#context.forget(id);
  }

  async remove(id: string): Promise<void> {
    const { state } = await this.inspect(id);
    if (state === 'running') throw new RunStillRunningError(id);
    await releaseRun(this.#context, this.#owner, id, true);
    this.#context.forget(id);
  }

  watch(onChange: (id: string) => void): Watcher {
    return this.#context.watch(onChange);
  }

  async outputBytes(id: string): Promise<number> {
    return this.#context.logOf(id).bytes;
  }

  async list(): Promise<string[]> {
    const mine = [...this.#context.jobs.list()].filter((job) => isHeldByRun(job) && isOwnedBy(job, this.#owner));
    return mine.flatMap((job) => runIdOf(job) ?? []);
  }

  /** A run without a Job has not started; or somebody took the Job away, with its finalizer and all. */
  async #withoutJob(id: string): Promise<RunState> {
    const { client } = this.#context;
    const configMap = await findConfigMap(client, this.#owner, id);
    if (configMap === undefined) return { state: 'absent' };
    const startedAt = timeOf(configMap.metadata.annotations?.[startedAnnotation]);
    if (startedAt === undefined) return { state: 'prepared' };
    const cause = jobDeleted(`Job ${this.#owner.namespace}/${runObjectName(id)}`);
    const found = await listPods(client, this.#owner.namespace, id);
    const live = found.some((pod) => !hasEnded(pod));
    if (!live) return { state: 'lost', startedAt: new Date(startedAt), message: cause.message };
    await endPods(client, found);
    return { state: 'running', startedAt: new Date(startedAt), hindrance: cause };
  }

  async #carryOut({ job, due, pods: facts }: Look): Promise<void> {
    const { client, log } = this.#context;
    if (due?.do === 'giveUp') {
      log.info({ job: job.metadata.name, reason: due.cause.reason }, 'giving up a run that cannot begin');
      await giveUp(client, job, due.cause);
    }
    if (due?.do === 'endPods')
      await endPods(
        client,
        facts.map(({ pod }) => pod),
      );
  }

  async #ending(id: string): Promise<RunEnd | undefined> {
    if ((await this.inspect(id)).state !== 'finished') return undefined;
    return this.#context.endings.get(id);
  }

  async #end(id: string, { job, shards, state, pods: facts }: Look): Promise<RunEnd> {
    const hosts = await this.#hosts(id);
    const shardSize = annotatedNumber(job, shardSizeAnnotation) ?? hosts.length;
    if (state.state !== 'finished') throw new Error('only what is over has an ending');
    const ending: RunEnd = { state, results: mergeResults(hosts, shardSize, shards), pods: facts };
    this.#context.endings.set(id, ending);
    return ending;
  }

  /** As the pods were told; of a run whose ConfigMap somebody deleted, as the task has them. */
  async #hosts(id: string): Promise<readonly string[]> {
    const known = this.#context.hosts.get(id);
    if (known !== undefined) return known;
    const configMap = await findConfigMap(this.#context.client, this.#owner, id);
    const hosts = (configMap === undefined ? undefined : readRunPlan(configMap)?.hosts) ?? this.#owner.hosts;
    this.#context.hosts.set(id, hosts);
    return hosts;
  }
}
