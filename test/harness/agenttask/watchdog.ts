import type { JSONSchema4 } from 'json-schema';

import type { RunSpec } from '../../../controllers/agenttask/executors/executor.ts';
import { parentOf } from '../../../controllers/shared/parents.ts';
import { isFinished, isTerminal } from '../../../controllers/agenttask/phases.ts';
import { claimName } from '../../../controllers/shared/hostclaims.ts';
import { canonicalHost } from '../../../crds/hosts.ts';
import { mayBeCorrected } from '../../../crds/corrections.ts';
import { idOf } from '../../../crds/labels.ts';
import { agentTasks, type AgentTask, type AgentTaskSpec, type AgentTaskStatus } from '../../../crds/types/agenttask.ts';
import { leases } from '../../../kube/builtin.ts';
import { findCondition, isTrue } from '../../../kube/conditions.ts';
import { keyOf } from '../../../kube/objects.ts';
import { at, readCrds, schemaOf } from '../../unit/crds/schema.ts';
import type { LoggedEvent, ModelApi } from '../world/api.ts';
import type { Machine } from './machine.ts';
import { breaches } from '../world/schema.ts';

const statusSchema = await agentTaskStatusSchema();

/** The UID of the task whose run this is. */
function ownerOf(runId: string): string {
  return runId.replace(/-[0-9]+-[0-9]+$/, '');
}

/** Watches what must never happen, at every step and on every write. */
export class Watchdog {
  readonly #api: ModelApi;
  readonly #broken: string[];
  readonly #maxRuns: number;
  readonly #names: Readonly<Record<string, string>>;
  /** Every task there ever was, by UID, as it was last. */
  readonly #tasks = new Map<string, AgentTask>();
  readonly #starts = new Map<string, number>();
  /** By parent and host: what was made, and what ran. */
  readonly #children = new Map<string, string>();
  readonly #childRuns = new Set<string>();
  /** Every id there ever was, with the UID of its task. */
  readonly #ids = new Map<number, string>();

  /**
   * @param broken takes what it finds
   * @param names of machines that have other ones as well: the Node's, by each
   */
  constructor(api: ModelApi, maxRuns: number, broken: string[], names: Readonly<Record<string, string>> = {}) {
    this.#names = names;
    this.#broken = broken;
    this.#api = api;
    this.#maxRuns = maxRuns;
    api.onChange((logged) => this.#changed(logged));
  }

  taskOf(run: Pick<RunSpec, 'id'>): AgentTask | undefined {
    return this.#tasks.get(ownerOf(run.id));
  }

  starts(task: AgentTask): number {
    return this.#starts.get(task.metadata.uid ?? '') ?? 0;
  }

  /** At the moment a run starts. */
  started(run: RunSpec): void {
    const uid = ownerOf(run.id);
    this.#starts.set(uid, (this.#starts.get(uid) ?? 0) + 1);
    const task = this.taskOf(run);
    if (this.#starts.get(uid) !== 1) this.#bark(`${run.id} is not the first run of its task`);
    if (task !== undefined) this.#checkChild(task, run);
    if (task === undefined || this.#api.find(agentTasks, task.metadata)?.metadata.uid !== uid)
      this.#bark(`${run.id} started without a task`);
    if (task?.status?.run?.id !== run.id || task.status.phase !== 'Running')
      this.#bark(`${run.id} started before it was recorded`);
  }

  /** After every step. */
  check(machines: readonly Machine[]): void {
    const workers = new Map<string, string>();
    for (const machine of machines) {
      if (machine.running.length > this.#maxRuns) this.#bark(`${machine.running.length} runs at once`);
      for (const run of machine.running) if (this.taskOf(run)?.spec.shared !== true) this.#checkHosts(run, workers);
    }
  }

  #checkHosts(run: RunSpec, workers: Map<string, string>): void {
    const machineOf = (host: string): string => this.#names[canonicalHost(host)] ?? canonicalHost(host);
    for (const host of new Set(run.hosts.map(machineOf))) {
      const other = workers.get(host);
      if (other !== undefined) this.#bark(`${run.id} and ${other} work on ${host} at once`);
      workers.set(host, run.id);
      const task = this.taskOf(run);
      const within = task === undefined ? undefined : parentOf(task)?.uid;
      const holder = (name: string): string | null | undefined =>
        this.#api.find(leases, { namespace: 'fleetwright-system', name })?.spec.holderIdentity;
      const [outer, inner] = [holder(claimName(host)), within === undefined ? null : holder(claimName(host, within))];
      const own = ownerOf(run.id);
      // Who lets it in may have been taken away by force: its claim keeps others off until it has been stopped.
      const letIn = inner === own && (outer ?? within) === within;
      if (outer !== own && !letIn) this.#bark(`${run.id} works on ${host} without a claim`);
    }
  }

  #checkChild(task: AgentTask, run: RunSpec): void {
    if (idOf(task) === undefined) this.#bark(`${run.id} started before its task had an id`);
    const parent = parentOf(task);
    const place = `${parent?.uid} ${placeOf(task)}`;
    if (parent !== undefined && this.#childRuns.has(place))
      this.#bark(`${run.id} is a second run of ${parent.kind} ${parent.name} on ${run.hosts.join(', ')}`);
    this.#childRuns.add(place);
    this.#checkTurn(parent?.uid, run);
  }

  /** Of batches one works at a time, and after one that did not succeed nothing begins unasked. */
  #checkTurn(parent: string | undefined, run: RunSpec): void {
    const { spec, status } = this.#tasks.get(parent ?? '') ?? {};
    if (spec?.groupRef === undefined) return;
    const { batches = [] } = status ?? {};
    const number = batches.find(({ hosts, retried = hosts }) => retried.join() === run.hosts.join())?.number;
    if (number === undefined) this.#bark(`${run.id} works on ${run.hosts.join(', ')}, which is no batch`);
    for (const batch of batches.filter((each) => each.number < (number ?? 0) && each.phase !== 'Succeeded'))
      if (!isTerminal(batch.phase)) this.#bark(`${run.id} began while batch ${batch.number} is ${batch.phase}`);
    for (const problem of unasked(number ?? 0, spec, status))
      this.#bark(`${run.id} began unasked, although ${problem}`);
  }

  #born(task: AgentTask): void {
    const parent = parentOf(task);
    if (parent === undefined) return;
    const place = `${parent.uid} ${placeOf(task)}`;
    if (this.#children.has(place)) this.#bark(`${keyOf(task)} was made a second time`);
    this.#children.set(place, task.metadata.uid ?? '');
  }

  /**
   * Labels are copied along with a task's YAML; such a copy has to get an id of its own, and nobody else may lose
   * theirs.
   */
  #checkId(before: AgentTask | undefined, task: AgentTask): void {
    const { uid = '' } = task.metadata;
    const [had, id] = [before === undefined ? undefined : idOf(before), idOf(task)];
    if (had !== undefined && id !== had && this.#ids.get(had) === uid)
      this.#bark(`${keyOf(task)} had the id ${had}, and has ${id} now`);
    if (id === undefined || id === had) return;
    const owner = this.#ids.get(id);
    if (owner === undefined) this.#ids.set(id, uid);
    else if (owner !== uid && before !== undefined)
      this.#bark(`${keyOf(task)} was given the id ${id}, which another task has or had`);
  }

  #changed({ plural, event }: LoggedEvent): void {
    if (plural !== agentTasks.plural) return;
    const task = event.object as AgentTask;
    const uid = task.metadata.uid ?? '';
    const before = this.#tasks.get(uid);
    this.#tasks.set(uid, task);
    if (before === undefined) this.#born(task);
    this.#checkId(before, task);
    if (task.status === undefined) return;
    for (const problem of [
      ...wrongTurns(before, task),
      ...breaches(statusSchema, task.status, 'status'),
      ...contradictions(task),
    ])
      this.#bark(`${keyOf(task)}: ${problem}`);
  }

  #bark(what: string): void {
    this.#broken.push(what);
  }
}

/** What should have kept the batch of this number until somebody agreed. */
function unasked(
  number: number,
  { rollout = {} }: AgentTaskSpec,
  { batches = [], decisions = [] }: AgentTaskStatus = {},
): readonly string[] {
  const agreed = new Set(decisions.filter(({ action }) => action === 'Proceed').map(({ batch }) => batch));
  const bad = batches.filter((batch) => batch.number < number && batch.phase !== 'Succeeded');
  const held = bad.filter((batch) => !agreed.has(batch.number + 1) && batch.skipped === undefined);
  const toConfirm = rollout.confirmBefore?.includes(number) === true && !agreed.has(number);
  return [
    ...(rollout.failureLimit === undefined ? held.map((batch) => `batch ${batch.number} is ${batch.phase}`) : []),
    ...(toConfirm ? [`batch ${number} is to be confirmed`] : []),
  ];
}

/** Which part of its parent's work a task is: a batch that is tried again has a second task, under another name. */
function placeOf({ metadata, spec }: AgentTask): string {
  const again = /-[0-9]+-([0-9]+)$/.exec(metadata.name)?.[1] ?? '';
  return `${spec.hosts?.join(', ')} ${again}`;
}

function wrongTurns(before: AgentTask | undefined, task: AgentTask): readonly string[] {
  const [from, to] = [before?.status?.phase, task.status?.phase];
  if (from === to || before === undefined) return [];
  // Of a task that was refused nothing ever ran: it may be corrected.
  if (mayBeCorrected(before) && before.metadata.generation !== before.status?.observedGeneration && to === 'Pending')
    return [];
  return isFinished(before) || (from === 'Running' && to === 'Pending') ? [`went from ${from} to ${to}`] : [];
}

function contradictions(task: AgentTask): readonly string[] {
  const on = ['Ready', 'Reconciling', 'Stalled'].filter((type) => isTrue(task.status?.conditions, type));
  const succeeded = findCondition(task.status?.conditions, 'Succeeded')?.status;
  const expected = !isFinished(task) ? 'Unknown' : task.status?.phase === 'Succeeded' ? 'True' : 'False';
  return [
    ...(on.length === 1 ? [] : [`of Ready, Reconciling and Stalled, ${on.join(' and ') || 'none'} is True`]),
    ...(succeeded === expected ? [] : [`${task.status?.phase}, yet Succeeded is ${succeeded}`]),
    ...(isFinished(task) === (task.status?.completionTime !== undefined)
      ? []
      : [`${task.status?.phase} with completionTime ${task.status?.completionTime}`]),
  ];
}

async function agentTaskStatusSchema(): Promise<JSONSchema4> {
  const crd = (await readCrds()).find(({ spec }) => spec.names.kind === 'AgentTask');
  if (crd === undefined) throw new Error('crds/ has no AgentTask');
  return at(schemaOf(crd), 'status');
}
