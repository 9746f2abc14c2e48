import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';

import { claimLabel } from '../../../controllers/shared/hostclaims.ts';
import { parentOf } from '../../../controllers/shared/parents.ts';
import { isFinished } from '../../../controllers/agenttask/phases.ts';
import { idOf } from '../../../crds/labels.ts';
import { decodeRunLog, runLogKey, runLogName, type RunStep } from '../../../crds/runlog.ts';
import { agentTasks, type AgentTask, type AgentTaskPhase, type AgentTaskSpec } from '../../../crds/types/agenttask.ts';
import { configMaps, leases, nodes } from '../../../kube/builtin.ts';
import { findCondition } from '../../../kube/conditions.ts';
import { TerminalError } from '../../../kube/errors.ts';
import { EventRecorder } from '../../../kube/events.ts';
import { keyOf } from '../../../kube/objects.ts';
import { ModelApi } from '../world/api.ts';
import { ModelClient } from '../world/client.ts';
import { ManualClock } from '../world/clock.ts';
import { GarbageCollector } from '../world/garbage.ts';
import { Life, type Fate } from '../world/life.ts';
import { Machine, type Behaviour } from './machine.ts';
import { ControllerProcess } from './process.ts';
import { Random } from '../world/random.ts';
import { Tale } from './tale.ts';
import { Watchdog } from './watchdog.ts';

export interface WorldOptions {
  readonly maxRuns?: number;
  readonly maxOutputBytes?: number;
  /** Addresses of Nodes, each with the name of its Node. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Absent: everything in a fixed order, caches at once up to date, one pass after the other. */
  readonly seed?: number;
  /** The controller dies after its write of this number, once. */
  readonly diesAfter?: number;
}

interface Deed {
  readonly at: number;
  readonly act: () => void;
}

/** With a seed: how often a write fails in each way, and how often the controller may die in one story. */
const mishap = { refused: 0.04, answerLost: 0.04, dies: 0.03 };
const maxDeaths = 3;
const maxSteps = 20_000;

/** A small model of everything around the AgentTask controller, moved step by step, in a fixed order or in one drawn from a seed. */
export class World {
  readonly clock = new ManualClock();
  readonly api = new ModelApi(this.clock);
  readonly tale = new Tale(this.clock);
  readonly watchdog: Watchdog;
  /** Errors of passes that were repeated for it; without mishaps there are none. */
  readonly errors: unknown[] = [];
  readonly #options: Required<Pick<WorldOptions, 'maxRuns' | 'maxOutputBytes'>> & WorldOptions;
  readonly #random: Random | undefined;
  readonly #machines = new Map<string, Machine>();
  readonly #behaviours = new Map<string, Behaviour>();
  readonly #deeds: Deed[] = [];
  readonly #events: EventRecorder;
  readonly #garbage: GarbageCollector;
  #process: ControllerProcess | undefined;
  #location = 'machine-a';
  #deaths = 0;
  #writes = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = { maxRuns: 10, maxOutputBytes: 1_000_000, ...options };
    this.#random = options.seed === undefined ? undefined : new Random(options.seed);
    const { addresses = {} } = options;
    this.watchdog = new Watchdog(this.api, this.#options.maxRuns, addresses);
    for (const [address, name] of Object.entries(addresses))
      this.api.create(nodes, {
        metadata: { name },
        status: { addresses: [{ type: 'InternalIP', address }] },
      });
    const untroubled = new Life({ interleave: false, fate: () => 'goes well', onDeath: () => undefined });
    this.#events = new EventRecorder(new ModelClient(this.api, untroubled), {
      controller: 'test',
      instance: 'test',
      log: pino({ level: 'silent' }),
    });
    this.#garbage = new GarbageCollector(this.api);
    this.api.onChange(({ plural, event }) => {
      if (plural === agentTasks.plural && event.type === 'ADDED' && parentOf(event.object) !== undefined)
        this.tale.tell(keyOf(event.object), 'made', `for ${(event.object as AgentTask).spec.hosts?.join(', ')}`);
      if (plural === agentTasks.plural && event.type === 'MODIFIED') this.tale.status(event.object as AgentTask);
      if (plural === agentTasks.plural && event.type === 'DELETED') this.tale.tell(keyOf(event.object), 'is gone');
    });
  }

  /** Writes of all controller processes so far. */
  get writes(): number {
    return this.#writes + (this.#process?.life.writes ?? 0);
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

  /** Something that somebody does at a time (seconds since the beginning), or, with a seed, at some time after it. */
  at(seconds: number, who: string, what: string, act: () => void): void {
    const deed = () => {
      this.tale.tell(who, what);
      act();
    };
    this.#deeds.push({ at: seconds * 1000, act: deed });
  }

  applies(seconds: number, task: AgentTask): void {
    const { hosts, groupRef } = task.spec;
    this.at(
      seconds,
      keyOf(task),
      `applied, for ${(hosts?.length ?? 0) > 9 ? `${hosts?.length} hosts` : (hosts?.join(', ') ?? `group ${groupRef?.name}`)}`,
      () => this.api.create(agentTasks, task),
    );
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

  deletes(seconds: number, name: string): void {
    this.at(seconds, `default/${name}`, 'deleted by its owner', () => {
      if (this.task(name) !== undefined) this.api.delete(agentTasks, { namespace: 'default', name });
    });
  }

  /** The controller is killed, and another one starts on another machine, which cannot see the first one's runs. */
  moves(seconds: number, location: string): void {
    this.at(seconds, 'controller', `goes from ${this.#location} to ${location}`, () => {
      this.#location = location;
      this.#process?.life.die('');
    });
  }

  /**
   * Goes on until everybody has done what they do, all tasks have ended or are gone, and nothing moves any more.
   * @param also a further condition for the end
   * @throws Error with the tale when something happened that must not, or when the end does not come
   */
  async play(also: () => boolean = () => true): Promise<void> {
    for (let step = 0; step < maxSteps; step += 1) {
      const moved = await this.#step(() => this.#isOver() && also());
      if (this.watchdog.broken.length > 0) throw new Error(`${this.watchdog.broken.join('\n')}\n\n${this.tale.text()}`);
      if (!moved) return;
    }
    throw new Error(`no end after ${maxSteps} steps\n\n${this.tale.text()}`);
  }

  /** Every task is looked at once more. @returns how many writes that brought; at rest there are none */
  async lookAgain(): Promise<number> {
    const before = this.writes;
    for (const task of this.api.list(agentTasks)) {
      this.#process?.begin(keyOf(task));
      while ((this.#process?.life.waiting ?? 0) > 0) {
        this.#process?.life.resume(0);
        await turn();
      }
      await turn();
    }
    return this.writes - before;
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

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process?.close();
    await this.#events.close();
  }

  /** @returns false when there was nothing left to do */
  async #step(isOver: () => boolean): Promise<boolean> {
    if (this.#process?.life.alive !== true) {
      this.#startController();
      await this.#comeToRest();
      return true;
    }
    const possible = this.#possible();
    const waitAWhile = possible.length === 0 || this.#random?.chance(0.1) === true;
    if (waitAWhile) {
      if (possible.length === 0 && isOver()) return false;
      if (!this.#letTimePass() && possible.length === 0)
        throw new Error(`everything stands still before its end\n\n${this.tale.text()}`);
    } else {
      const chosen = this.#random === undefined ? possible[0] : this.#random.pick(possible);
      chosen?.();
    }
    await this.#comeToRest();
    return true;
  }

  /** One turn of the event loop ends whatever does not wait for the world. */
  async #comeToRest(): Promise<void> {
    await turn();
    await this.#process?.collect();
    this.watchdog.check(this.machines);
  }

  #possible(): readonly (() => void)[] {
    const process = this.#process;
    const deeds = this.#deeds
      .filter(({ at }) => at <= this.clock.elapsed)
      .map((deed) => () => {
        this.#deeds.splice(this.#deeds.indexOf(deed), 1);
        deed.act();
      });
    if (process === undefined) return deeds;
    return [
      ...deeds,
      ...process.client.streams.filter(({ lags }) => lags).map((stream) => () => stream.deliver()),
      ...Array.from({ length: process.life.waiting }, (_, index) => () => process.life.resume(index)),
      ...process.ready.map((key) => () => process.begin(key)),
      ...(this.#garbage.waiting > 0 ? [() => this.#garbage.collect()] : []),
    ];
  }

  #isOver(): boolean {
    const quiet =
      this.#process?.restless === false && (this.#process.nextDue() ?? Infinity) > this.clock.now().getTime() + 1000;
    return (
      quiet &&
      this.#deeds.length === 0 &&
      this.api.list(agentTasks).every((task) => isFinished(task) && task.metadata.deletionTimestamp === undefined)
    );
  }

  /** To the next moment at which something is due. @returns false when nothing ever is */
  #letTimePass(): boolean {
    const due = [
      ...this.#deeds.map(({ at }) => ManualClock.start + at),
      this.#process?.nextDue(),
      ...this.machines.map((machine) => machine.nextChange()),
    ];
    const future = due.filter((time) => time !== undefined);
    if (future.length === 0) return false;
    this.clock.moveTo(Math.min(...future) - ManualClock.start);
    for (const machine of this.machines) machine.goOn();
    return true;
  }

  #startController(): void {
    const dead = this.#process;
    if (dead !== undefined) {
      this.#writes += dead.life.writes;
      dead.close();
      this.tale.tell('controller', 'a new one starts');
    }
    const { api, clock } = this;
    const { maxRuns, maxOutputBytes } = this.#options;
    const life = new Life({
      interleave: this.#random !== undefined,
      fate: (write) => this.#fateOf(write + this.#writes),
      onDeath: (what) => {
        this.#deaths += 1;
        if (what !== '') this.tale.tell('controller', 'dies', `after: ${what}`);
      },
    });
    this.#process = new ControllerProcess({
      api,
      clock,
      life,
      maxRuns,
      maxOutputBytes,
      machine: this.#machine(this.#location),
      events: this.#events,
      onAct: (key, intents, because) => this.tale.tell(key, 'acts', `${intents}: ${because}`),
      onError: (key, error) => {
        if (!(error instanceof TerminalError)) this.errors.push(error);
        if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
          this.watchdog.broken.push(`${key}: ${error.stack}`);
      },
    });
  }

  #fateOf(write: number): Fate {
    const { diesAfter } = this.#options;
    if (diesAfter !== undefined) return write === diesAfter ? 'dies after it' : 'goes well';
    const drawn = this.#random?.next() ?? 1;
    if (drawn < mishap.refused) return 'refused';
    if (drawn < mishap.refused + mishap.answerLost) return 'answer lost';
    return drawn < mishap.refused + mishap.answerLost + mishap.dies && this.#deaths < maxDeaths
      ? 'dies after it'
      : 'goes well';
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
      (run) => this.#behaviourOf(this.watchdog.taskOf(run)),
      (run) => {
        this.tale.tell(run.hosts.join(', '), 'run begins');
        this.watchdog.started(run);
      },
      (run, what) => {
        this.tale.tell(run.hosts.join(', '), 'run', what);
        // With a seed the news of a change may get lost: the controller has to look by itself.
        if (this.#process?.machine === machine && this.#random?.chance(0.3) !== true) this.#process.runChanged(run.id);
      },
    );
    this.#machines.set(location, machine);
    return machine;
  }
}
