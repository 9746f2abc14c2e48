import type { AgentJob } from '../../crds/types/agentjob.ts';
import type { AgentTask, AgentTaskRunExecutor } from '../../crds/types/agenttask.ts';
import { secrets, type Secret } from '../../kube/builtin.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import { joinKey, keyOf } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import { isCopy } from '../shared/integer-ids.ts';
import { observeClaims, type Claims, type ClaimsWorld } from '../shared/claims.ts';
import { observeBatches, observeGroup, observeWanted, type Batch, type BatchWorld } from './batches/observe.ts';
import type { Wanted } from './batches/wanted.ts';
import { observeFamily, observeParent, type Family, type ParentView } from './composite/observe.ts';
import type { Executor, RunResults, RunState } from './executors/executor.ts';
import type { RunLogWriter } from './run/log-writer.ts';
import { hostsOf } from '../../crds/host-results.ts';
import { isFinished } from './phases.ts';
import type { RunPlace, RunPlaces } from './run/places.ts';

/** The world as far as one AgentTask cares; read once per pass, never changed. */
export interface Observed {
  readonly task: AgentTask;
  /** The AgentJob that jobRef names; undefined when there is none of that name. */
  readonly job: AgentJob | undefined;
  /** The Secret that credentialsSecretRef names; undefined when there is none of that name. */
  readonly secret: Secret | undefined;
  readonly claims: Claims;
  readonly slot: { readonly open: boolean; readonly limit: number };
  /** The run that status.run names; undefined when there is none, or when another location has it. */
  readonly run: RunView | undefined;
  /** The run of a task that has ended still has what was kept until the end was recorded. */
  readonly runHeld: boolean;
  /** An older task bears the same id: this one is a copy of it. */
  readonly idTaken: boolean;
  /** The machines that it works on, or would work on: those that it names, or those of its batches. */
  readonly hosts: readonly string[];
  /** The tasks that a split one made; undefined for any other. */
  readonly family: Family | undefined;
  /** The tasks that one on a DeployGroup made; undefined for any other. */
  readonly staged: Family<Batch> | undefined;
  /** The batches that one on a DeployGroup would have that has not begun; undefined for any other. */
  readonly wanted: Wanted | undefined;
  /** The batches that the group of one that is under way has by now; undefined for any other. */
  readonly groupNow: Wanted | undefined;
  /** The task that made this one. */
  readonly parent: ParentView;
  /** How the task runs, or would run; undefined when this controller cannot do that. */
  readonly executor: AgentTaskRunExecutor | undefined;
  /** Of that executor, as seen from this process. */
  readonly location: string;
}

export interface RunView {
  readonly state: RunState;
  /** Read once the run has ended, and now and then while it goes on. */
  readonly results: RunResults | undefined;
  readonly outputBytes: number;
  /** The run may have done something that its log does not tell yet. */
  readonly logBehind: boolean;
}

/** Where `observe` looks. Caches are indexed as `indexers.ts` says. */
export interface World extends BatchWorld, ClaimsWorld {
  readonly agentJobs: ReadStore<AgentJob>;
  readonly places: RunPlaces;
  readonly logs: RunLogWriter;
}

export async function observe(task: AgentTask, world: World): Promise<Observed> {
  const { spec, metadata } = task;
  const place = world.places.of(task);
  const executor = place?.of(task);
  const pending = isPending(task);
  const wanted = pending ? observeWanted(task, world) : undefined;
  const hosts = wanted?.is === 'known' ? wanted.batches.flat() : hostsOf(task);
  return {
    task,
    job: spec.jobRef === undefined ? undefined : world.agentJobs.get(joinKey({ ...metadata, name: spec.jobRef.name })),
    secret:
      pending && spec.credentialsSecretRef !== undefined
        ? await getIfThere(world.client, secrets, { ...metadata, name: spec.credentialsSecretRef.name })
        : undefined,
    claims: observeClaims(task, pending && spec.shared !== true ? hosts : [], world),
    slot: slotOf(task, place),
    run: executor === undefined ? undefined : await observeRun(task, executor, world),
    runHeld: isRunHeld(task, executor),
    idTaken: isCopy(task, world.tasks),
    hosts,
    family: observeFamily(task, world),
    staged: observeBatches(task, world),
    wanted,
    groupNow: task.status?.phase === 'Running' ? observeGroup(task, world) : undefined,
    parent: await observeParent(task, world),
    executor: place?.kind,
    location: executor?.location ?? '',
  };
}

function isPending(task: AgentTask): boolean {
  return !isFinished(task) && task.status?.phase !== 'Running';
}

function slotOf(task: AgentTask, place: RunPlace | undefined): Observed['slot'] {
  return place === undefined
    ? { open: false, limit: 0 }
    : { open: place.slots.open(keyOf(task)), limit: place.slots.limit };
}

function isRunHeld(task: AgentTask, executor: Executor | undefined): boolean {
  const { run } = task.status ?? {};
  return (
    isFinished(task) &&
    run !== undefined &&
    executor !== undefined &&
    run.location === executor.location &&
    executor.isHeld(run.id)
  );
}

async function observeRun(task: AgentTask, executor: Executor, { logs }: World): Promise<RunView | undefined> {
  const run = task.status?.run;
  if (run === undefined || run.location !== executor.location || isFinished(task)) return undefined;
  const state = await executor.inspect(run.id);
  const begun = state.state === 'running' || state.state === 'lost' || state.state === 'finished';
  const outputBytes = begun ? await executor.outputBytes(run.id) : 0;
  return {
    state,
    results: begun ? await executor.results(run.id) : undefined,
    outputBytes,
    logBehind: logs.isBehind(run.id, outputBytes),
  };
}
