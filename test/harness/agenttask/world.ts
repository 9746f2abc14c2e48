import { addAgentTask } from '../../../controllers/agenttask/controller.ts';
import { isFinished } from '../../../controllers/agenttask/phases.ts';
import { localPlace } from '../../../controllers/agenttask/run/places.ts';
import { claimLabel } from '../../../controllers/shared/hostclaims.ts';
import { openClaims } from '../../../controllers/shared/open-claims.ts';
import { parentOf } from '../../../controllers/shared/parents.ts';
import { idOf } from '../../../crds/labels.ts';
import { decodeRunLog, runLogKey, runLogName, type RunStep } from '../../../crds/runlog.ts';
import {
  agentTasks,
  type AgentTask,
  type AgentTaskConfirm,
  type AgentTaskPhase,
  type AgentTaskSpec,
  type AgentTaskWaiting,
} from '../../../crds/types/agenttask.ts';
import { deployGroups } from '../../../crds/types/deploygroup.ts';
import { configMaps, leases, nodes } from '../../../kube/builtin.ts';
import { findCondition } from '../../../kube/conditions.ts';
import type { Controller } from '../../../kube/controller.ts';
import { keyOf } from '../../../kube/objects.ts';
import { ModelWorld, type ModelGround, type Order } from '../world/world.ts';
import { ModelExecutor } from './executor.ts';
import { Machine, type Behaviour } from './machine.ts';
import { Watchdog } from './watchdog.ts';

export interface WorldOptions extends Order {
  readonly maxRuns?: number;
  readonly maxOutputBytes?: number;
  /** Addresses of Nodes, each with the name of its Node. */
  readonly addresses?: Readonly<Record<string, string>>;
}

/** The world of AgentTasks: machines on which their runs go on without the controller, and a watchdog. */
export class World extends ModelWorld {
  readonly #limits: Required<Pick<WorldOptions, 'maxRuns' | 'maxOutputBytes'>>;
  readonly #watchdog: Watchdog;
  readonly #machines = new Map<string, Machine>();
  readonly #behaviours = new Map<string, Behaviour>();
  #location = 'machine-a';
  /** The controller's hands on the machine where it is. */
  #hands: { readonly machine: Machine; readonly executor: ModelExecutor } | undefined;

  constructor({ maxRuns = 10, maxOutputBytes = 1_000_000, addresses = {}, ...order }: WorldOptions = {}) {
    super(order, [agentTasks, configMaps]);
    this.#limits = { maxRuns, maxOutputBytes };
    this.#watchdog = new Watchdog(this.api, maxRuns, this.broken, addresses);
    for (const [address, name] of Object.entries(addresses))
      this.api.create(nodes, { metadata: { name }, status: { addresses: [{ type: 'InternalIP', address }] } });
    this.api.onChange(({ plural, event }) => {
      if (plural === agentTasks.plural && event.type === 'ADDED' && parentOf(event.object) !== undefined)
        this.tale.tell(keyOf(event.object), 'made', `for ${(event.object as AgentTask).spec.hosts?.join(', ')}`);
      if (plural === agentTasks.plural && event.type === 'MODIFIED') {
        this.tale.status(event.object);
        this.tale.condition(event.object, 'GroupChanged');
      }
      if (plural === deployGroups.plural && event.type === 'DELETED')
        this.tale.tell(`DeployGroup ${event.object.metadata.name}`, 'is gone');
      if (plural === agentTasks.plural && event.type === 'DELETED') this.tale.tell(keyOf(event.object), 'is gone');
    });
  }

  get machines(): readonly Machine[] {
    return [...this.#machines.values()];
  }

  task(name: string): AgentTask | undefined {
    return this.api.find(agentTasks, { namespace: 'default', name });
  }

  /** What runs of this task do; a run without a behaviour succeeds after 30 s. */
  behaves(name: string, behaviour: Behaviour): void {
    this.#behaviours.set(name, behaviour);
  }

  /** What runs on this host alone do; for tasks whose names nobody knows beforehand. */
  behavesOn(host: string, behaviour: Behaviour): void {
    this.#behaviours.set(`host ${host}`, behaviour);
  }

  /** The tasks that this one made, in the order of their making. */
  childrenOf(name: string): readonly AgentTask[] {
    const uid = this.task(name)?.metadata.uid;
    return this.api.list(agentTasks).filter((task) => uid !== undefined && parentOf(task)?.uid === uid);
  }

  /** A DeployGroup as its controller has resolved it; one that is there has other batches from now on. */
  group(name: string, ...batches: readonly (readonly string[])[]): void {
    const key = { namespace: 'default', name };
    const spec = { type: 'List' as const, list: batches.map((hosts) => ({ hosts })) };
    if (this.api.find(deployGroups, key) === undefined)
      this.api.create(deployGroups, {
        apiVersion: 'fleetwright.io/v1alpha1',
        kind: 'DeployGroup',
        metadata: key,
        spec,
      });
    else {
      this.tale.tell(`DeployGroup ${name}`, 'is changed', `to ${batches.map((hosts) => hosts.join(', ')).join('; ')}`);
      this.api.mergePatch(deployGroups, key, { spec });
    }
    const { generation } = this.api.get(deployGroups, key).metadata;
    const status = {
      observedGeneration: generation,
      batches: batches.map((hosts, index) => ({ number: index + 1, hosts })),
    };
    this.api.mergePatch(deployGroups, key, { status }, 'status');
  }

  applies(seconds: number, task: AgentTask): void {
    const { hosts, groupRef } = task.spec;
    const few = hosts?.join(', ') ?? `group ${groupRef?.name}`;
    const said = `applied, for ${(hosts?.length ?? 0) > 9 ? `${hosts?.length} hosts` : few}`;
    this.at(seconds, keyOf(task), said, () => this.api.create(agentTasks, task));
  }

  /** At the very moment when the task first reaches the phase, before any controller sees that it has. */
  once(name: string, phase: AgentTaskPhase, act: () => void): void {
    let reached = false;
    this.api.onChange(() => {
      if (reached || this.task(name)?.status?.phase !== phase) return;
      reached = true;
      act();
    });
  }

  /** null takes a field away. */
  changes(
    seconds: number,
    name: string,
    what: string,
    spec: { readonly [Field in keyof AgentTaskSpec]: AgentTaskSpec[Field] | null },
  ): void {
    this.at(seconds, `default/${name}`, what, () => {
      if (this.task(name) !== undefined) this.api.mergePatch(agentTasks, { namespace: 'default', name }, { spec });
    });
  }

  /** Somebody answers what the task asks before this batch, as soon as it asks that after the time. */
  decides(seconds: number, name: string, answer: Omit<AgentTaskConfirm, 'revision' | 'user'>): void {
    const user = 'alice';
    const { batch, action = 'Proceed', hosts = null, comment = null } = answer;
    const waits = (): AgentTaskWaiting | undefined => {
      const { spec, status } = this.task(name) ?? {};
      const { waiting } = status ?? {};
      // Nobody answers what is answered already, or tries again what went well.
      const fits = action === 'Proceed' || waiting?.reason === 'BatchFailed';
      return fits && waiting?.batch === batch && waiting.revision !== spec?.confirm?.revision ? waiting : undefined;
    };
    const what = `${user} confirms: batch ${batch}, ${action}${hosts === null ? '' : ` ${hosts.join(', ')}`}`;
    this.when(
      seconds,
      () => waits() !== undefined,
      `default/${name}`,
      what,
      () => {
        const confirm = { batch, revision: waits()?.revision, user, action, hosts, comment };
        this.api.mergePatch(agentTasks, { namespace: 'default', name }, { spec: { confirm } });
      },
    );
  }

  deletes(seconds: number, name: string): void {
    this.at(seconds, `default/${name}`, 'deleted by its owner', () => {
      if (this.task(name) !== undefined) this.api.delete(agentTasks, { namespace: 'default', name });
    });
  }

  /** The controller is killed, and another one starts on another machine, which cannot see the first one's runs. */
  moves(seconds: number, location: string): void {
    this.at(seconds, 'controller', `goes from ${this.#location} to ${location}`, () => {
      this.#location = location;
      this.kill();
    });
  }

  /** Ids of all tasks that are there; undefined for one that has none. */
  ids(): readonly (number | undefined)[] {
    return this.api.list(agentTasks).map(idOf);
  }

  /** Hosts that are claimed, each with its holder. */
  claims(): readonly string[] {
    return this.api
      .list(leases, { labelSelector: claimLabel })
      .map(
        ({ metadata }) =>
          `${metadata.annotations?.['fleetwright.io/host']} by ${metadata.annotations?.['fleetwright.io/holder']}`,
      );
  }

  /** Runs that came to an end of which their task knows: what their logs have to tell. */
  logsToBe(): readonly (readonly [id: string, steps: readonly RunStep[]])[] {
    const ended = this.api
      .list(agentTasks)
      .flatMap(({ status }) =>
        findCondition(status?.conditions, 'Ready')?.reason === 'RunLost' ? [] : (status?.run?.id ?? []),
      );
    return this.machines.flatMap((machine) =>
      ended.filter((id) => machine.inspect(id).state === 'finished').map((id) => [id, machine.steps(id)] as const),
    );
  }

  logOf(id: string): readonly RunStep[] {
    const text = this.api.find(configMaps, { namespace: 'default', name: runLogName(id, 0) })?.binaryData?.[runLogKey];
    return text === undefined ? [] : decodeRunLog(text).steps;
  }

  protected override addController({ manager, life, events, log }: ModelGround): Controller {
    const { maxRuns, maxOutputBytes } = this.#limits;
    const machine = this.#machine(this.#location);
    const executor = new ModelExecutor(machine, life);
    this.#hands = { machine, executor };
    return addAgentTask(manager, {
      places: [localPlace(executor, maxRuns)],
      events,
      clock: this.clock,
      log,
      claims: openClaims(manager, { namespace: 'fleetwright-system' }),
      systemNamespace: 'fleetwright-system',
      limits: { maxOutputBytes },
    });
  }

  protected override get surroundings(): readonly Machine[] {
    return this.machines;
  }

  protected override get allEnded(): boolean {
    return this.api.list(agentTasks).every((task) => isFinished(task) && task.metadata.deletionTimestamp === undefined);
  }

  protected override get keys(): readonly string[] {
    return this.api.list(agentTasks).map(keyOf);
  }

  protected override check(): void {
    this.#watchdog.check(this.machines);
  }

  #behaviourOf(task: AgentTask | undefined): Behaviour {
    return (
      this.#behaviours.get(task?.metadata.name ?? '') ??
      this.#behaviours.get(`host ${task?.spec.hosts?.join(', ')}`) ?? { lasts: 30 }
    );
  }

  #machine(location: string): Machine {
    const known = this.#machines.get(location);
    if (known !== undefined) return known;
    const machine = new Machine(
      location,
      this.clock,
      (run) => this.#behaviourOf(this.#watchdog.taskOf(run)),
      (run) => {
        this.tale.tell(run.hosts.join(', '), 'run begins');
        this.#watchdog.started(run);
      },
      (run, what) => {
        this.tale.tell(run.hosts.join(', '), 'run', what);
        // With a seed the news of a change may get lost: the controller has to look by itself.
        if (this.#hands?.machine === machine && this.random?.chance(0.3) !== true) this.#hands.executor.tell(run.id);
      },
    );
    this.#machines.set(location, machine);
    return machine;
  }
}
