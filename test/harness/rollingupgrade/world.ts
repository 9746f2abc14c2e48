import type { Registry } from '@prometheus-io/client';

import { addRollingUpgrade } from '../../../controllers/rollingupgrade/controller.ts';
import type { SearchEngine } from '../../../controllers/rollingupgrade/engine/engine.ts';
import { isFinished } from '../../../controllers/rollingupgrade/phases.ts';
import { claimLabel } from '../../../controllers/shared/hostclaims.ts';
import { openClaims } from '../../../controllers/shared/open-claims.ts';
import { agentJobs } from '../../../crds/types/agentjob.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import {
  rollingUpgrades,
  type RollingUpgrade,
  type RollingUpgradeCurrent,
  type RollingUpgradeSpec,
} from '../../../crds/types/rollingupgrade.ts';
import { leases } from '../../../kube/builtin.ts';
import type { Controller } from '../../../kube/controller.ts';
import { keyOf } from '../../../kube/objects.ts';
import type { Life } from '../world/life.ts';
import { ModelWorld, type ModelGround, type Order, type Surroundings } from '../world/world.ts';
import { job } from './objects.ts';
import { PlayedTasks, type TaskCourse } from './played-tasks.ts';
import { PlayedSearchCluster, type PlayedIndex, type PlayedNode } from './search-cluster.ts';

export interface WorldOptions extends Order {
  readonly nodes: readonly PlayedNode[];
  readonly indices?: readonly PlayedIndex[];
  /** By the name of the node. */
  readonly tasks?: Readonly<Record<string, TaskCourse>>;
}

/** The world of RollingUpgrades: a search cluster and the tasks that work on its nodes, both played. */
export class World extends ModelWorld {
  readonly cluster: PlayedSearchCluster;
  /** The metrics of the controllers that work now. */
  registry: Registry | undefined;
  readonly #tasks: PlayedTasks;
  /** What somebody does as soon as an upgrade is at a step; once. */
  readonly #awaited = new Map<RollingUpgradeCurrent['step'], () => void>();

  constructor({ nodes, indices, tasks = {}, ...order }: WorldOptions) {
    super(order, [rollingUpgrades, agentTasks]);
    this.cluster = new PlayedSearchCluster(nodes, indices);
    this.#tasks = new PlayedTasks(this.api, this.clock, this.cluster, (node) => tasks[node] ?? {});
    this.api.create(agentJobs, job);
    this.api.onChange(({ plural, event }) => {
      const who = keyOf(event.object);
      if (plural === rollingUpgrades.plural && event.type === 'MODIFIED') {
        this.tale.status(event.object);
        this.#arrives(event.object as RollingUpgrade);
      }
      if (plural === rollingUpgrades.plural && event.type === 'DELETED') this.tale.tell(who, 'is gone');
      if (plural === agentTasks.plural && event.type === 'ADDED')
        this.tale.tell(who, 'made', `for ${(event.object as AgentTask).spec.hosts?.join(', ')}`);
    });
  }

  upgrade(name: string): RollingUpgrade | undefined {
    return this.api.find(rollingUpgrades, { namespace: 'default', name });
  }

  applies(seconds: number, upgrade: RollingUpgrade): void {
    this.at(seconds, keyOf(upgrade), `applied, to ${upgrade.spec.targetVersion}`, () =>
      this.api.create(rollingUpgrades, upgrade),
    );
  }

  changes(seconds: number, name: string, what: string, spec: Partial<RollingUpgradeSpec>): void {
    this.at(seconds, `default/${name}`, what, () => {
      if (this.upgrade(name) !== undefined)
        this.api.mergePatch(rollingUpgrades, { namespace: 'default', name }, { spec });
    });
  }

  deletes(seconds: number, name: string): void {
    this.at(seconds, `default/${name}`, 'deleted by its owner', () => {
      if (this.upgrade(name) !== undefined) this.api.delete(rollingUpgrades, { namespace: 'default', name });
    });
  }

  /** As soon as an upgrade has come to a step, before anything is done in it. */
  whenAt(step: RollingUpgradeCurrent['step'], act: () => void): void {
    this.#awaited.set(step, act);
  }

  /** Something that happens to the search cluster. */
  happens(seconds: number, what: string, act: (cluster: PlayedSearchCluster) => void): void {
    this.at(seconds, this.cluster.name, what, () => act(this.cluster));
  }

  claims(): number {
    return this.api.list(leases, { labelSelector: claimLabel }).length;
  }

  protected override addController({ manager, life, events }: ModelGround): Controller {
    const engine = livedThrough(this.cluster.engine(), life);
    this.registry = manager.metrics.registry;
    return addRollingUpgrade(manager, {
      engines: { of: async () => engine, forget: () => undefined },
      events,
      clock: this.clock,
      claims: openClaims(manager, { namespace: 'fleetwright-system' }),
    });
  }

  protected override get surroundings(): readonly Surroundings[] {
    return [this.#tasks];
  }

  protected override get allEnded(): boolean {
    return this.api
      .list(rollingUpgrades)
      .every((upgrade) => isFinished(upgrade) && upgrade.metadata.deletionTimestamp === undefined);
  }

  protected override get keys(): readonly string[] {
    return this.api.list(rollingUpgrades).map(keyOf);
  }

  protected override check(): void {
    this.broken.push(...this.cluster.broken.splice(0));
  }

  #arrives({ status }: RollingUpgrade): void {
    const step = status?.current?.step;
    const act = step === undefined ? undefined : this.#awaited.get(step);
    if (step === undefined || act === undefined) return;
    this.#awaited.delete(step);
    act();
  }
}

/** Every call of the engine goes through the life of the process that makes it. */
function livedThrough(engine: SearchEngine, life: Life): SearchEngine {
  const read = async <T>(what: string, call: () => Promise<T>): Promise<T> => (await life.read(what, call)) as T;
  const write = async (what: string, call: () => Promise<void>): Promise<void> => {
    await life.write(what, call);
  };
  return {
    look: () => read('look', () => engine.look()),
    indices: () => read('indices', () => engine.indices()),
    survey: (repository) => read('survey', () => engine.survey(repository)),
    copies: () => read('copies', () => engine.copies()),
    snapshotState: (repository, name) => read('snapshot state', () => engine.snapshotState(repository, name)),
    takeSnapshot: (repository, name) => write(`take snapshot ${name}`, () => engine.takeSnapshot(repository, name)),
    runningSnapshots: () => read('running snapshots', () => engine.runningSnapshots()),
    explain: (copy) => read('explain', () => engine.explain(copy)),
    setAllocation: (value) => write(`set allocation to ${value ?? 'nothing'}`, () => engine.setAllocation(value)),
    flush: () => write('flush', () => engine.flush()),
  };
}
