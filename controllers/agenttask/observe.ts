import { idLabel } from '../../crds/labels.ts';
import type { AgentJob } from '../../crds/types/agentjob.ts';
import type { AgentTask, AgentTaskRunExecutor } from '../../crds/types/agenttask.ts';
import { secrets, type Lease, type Secret } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { findCondition } from '../../kube/conditions.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { joinKey, keyOf } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import { canonicalHost, claimName, parseClaim, type HostClaim } from '../shared/hostclaims.ts';
import { observeFamily, observeParent, type Family, type FamilyWorld, type ParentView } from './composite/observe.ts';
import type { Executor, RunResults, RunState } from './executors/executor.ts';
import type { RunLogWriter } from './run/log-writer.ts';
import { isFinished } from './phases.ts';
import type { RunPlaces } from './run/places.ts';

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
  /** The tasks that this one made; undefined when it runs by itself. */
  readonly family: Family | undefined;
  /** The task that made this one. */
  readonly parent: ParentView;
  /** How the task runs, or would run; undefined when this controller cannot do that. */
  readonly executor: AgentTaskRunExecutor | undefined;
  /** Of that executor, as seen from this process. */
  readonly location: string;
}

export interface Claims {
  /** Hosts of ours that we hold. */
  readonly held: readonly string[];
  /** Hosts of ours that somebody else holds, in the order of spec.hosts. */
  readonly taken: readonly HostClaim[];
  /** Claims whose holder has ended or is gone. */
  readonly stale: readonly HostClaim[];
  /** An older task that waits for one of our hosts: it goes first, or a task on many hosts would never get them all. */
  readonly elder: { readonly host: string; readonly key: string } | undefined;
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
export interface World extends FamilyWorld {
  readonly jobs: ReadStore<AgentJob>;
  readonly leases: ReadStore<Lease>;
  readonly claimsNamespace: string;
  readonly places: RunPlaces;
  readonly logs: RunLogWriter;
}

/** Reasons of a task that wants to start and only waits for its turn. */
const queueing = new Set(['HostClaimed', 'HostQueued', 'WaitingForSlot']);

export async function observe(task: AgentTask, world: World): Promise<Observed> {
  const { spec, metadata } = task;
  const place = world.places.of(task);
  const executor = place?.of(task);
  const pending = !isFinished(task) && task.status?.phase !== 'Running';
  return {
    task,
    job: spec.jobRef === undefined ? undefined : world.jobs.get(joinKey({ ...metadata, name: spec.jobRef.name })),
    secret:
      pending && spec.credentialsSecretRef !== undefined
        ? await readSecret(world.client, { ...metadata, name: spec.credentialsSecretRef.name })
        : undefined,
    claims: observeClaims(task, world, pending),
    slot:
      place === undefined
        ? { open: false, limit: 0 }
        : { open: place.slots.open(keyOf(task)), limit: place.slots.limit },
    run: executor === undefined ? undefined : await observeRun(task, executor, world),
    runHeld: isRunHeld(task, executor),
    idTaken: isCopy(task, world.tasks),
    family: observeFamily(task, world),
    parent: await observeParent(task, world),
    executor: place?.kind,
    location: executor?.location ?? '',
  };
}

function observeClaims(task: AgentTask, world: World, pending: boolean): Claims {
  const uid = task.metadata.uid ?? '';
  const held = world.leases.byIndex('holder', uid).flatMap((lease) => parseClaim(lease)?.host ?? []);
  if (!pending || task.spec.shared === true) return { held, taken: [], stale: [], elder: undefined };
  const taken: HostClaim[] = [];
  for (const host of task.spec.hosts ?? []) {
    const lease = world.leases.get(joinKey({ namespace: world.claimsNamespace, name: claimName(host) }));
    const claim = lease === undefined ? undefined : parseClaim(lease);
    if (claim !== undefined && claim.holder.uid !== uid) taken.push(claim);
  }
  const stale = taken.filter(
    ({ holder }) => holder.kind === 'AgentTask' && !isActive(world.tasks.get(joinKey(holder)), holder.uid),
  );
  return { held, taken, stale, elder: findElder(task, world.tasks) };
}

function isActive(holder: AgentTask | undefined, uid: string): boolean {
  return holder !== undefined && holder.metadata.uid === uid && !isFinished(holder);
}

function findElder(task: AgentTask, tasks: ReadStore<AgentTask>): Claims['elder'] {
  for (const host of task.spec.hosts ?? []) {
    const elder = eldestWaiting(tasks, host);
    if (elder !== undefined && isElder(elder, task)) return { host, key: keyOf(elder) };
  }
  return undefined;
}

/** Of the tasks that only wait for their turn on the host, the one whose turn it is. */
export function eldestWaiting(tasks: ReadStore<AgentTask>, host: string): AgentTask | undefined {
  let eldest: AgentTask | undefined;
  for (const task of tasks.byIndex('host', canonicalHost(host))) {
    const waits =
      queueing.has(findCondition(task.status?.conditions, 'Ready')?.reason ?? '') &&
      task.spec.shared !== true &&
      task.metadata.deletionTimestamp === undefined;
    if (waits && (eldest === undefined || isElder(task, eldest))) eldest = task;
  }
  return eldest;
}

function isElder(a: AgentTask, b: AgentTask): boolean {
  const [ageA, ageB] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp} ${metadata.uid}`);
  return (ageA ?? '') < (ageB ?? '');
}

/** Labels are copied along when somebody makes a new task of another one's YAML. */
function isCopy(task: AgentTask, tasks: ReadStore<AgentTask>): boolean {
  const id = task.metadata.labels?.[idLabel];
  return id !== undefined && tasks.byIndex('id', id).some((other) => isElder(other, task));
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

async function readSecret(
  client: Client,
  key: { readonly namespace?: string; readonly name: string },
): Promise<Secret | undefined> {
  try {
    return await client.get(secrets, key);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
