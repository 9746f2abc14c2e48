import { addClusterStage } from '../../../controllers/clusterstage/controller.ts';
import { isControlPlane, zoneOf } from '../../../controllers/clusterstage/turns/order.ts';
import { claimLabel } from '../../../controllers/shared/hostclaims.ts';
import { openClaims } from '../../../controllers/shared/open-claims.ts';
import { stageTaint, stageUndoAnnotation } from '../../../crds/labels.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { clusterStages, type ClusterStage, type ClusterStageSpec } from '../../../crds/types/clusterstage.ts';
import { leases, nodes, type Node, type Taint } from '../../../kube/builtin.ts';
import { findCondition } from '../../../kube/conditions.ts';
import type { Controller } from '../../../kube/controller.ts';
import { keyOf, type KubeObject } from '../../../kube/objects.ts';
import { pods } from '../../../kube/workloads.ts';
import { at, readCrds, schemaOf } from '../../unit/crds/schema.ts';
import { breaches } from '../world/schema.ts';
import { ModelWorld, type ModelGround, type Order, type Surroundings } from '../world/world.ts';
import { PlayedTasks, type TaskBehaviour } from './tasks.ts';
import { Workloads, type Workload } from './workloads.ts';

const definition = (await readCrds()).find(({ spec }) => spec.names.kind === 'ClusterStage');
const statusSchema = definition === undefined ? {} : at(schemaOf(definition), 'status');

export interface StageWorldOptions extends Order {
  /** Names, or whole nodes. */
  readonly nodes?: readonly (string | Node)[];
  /** Nodes of an upgrade that may be out of service at once. */
  readonly maxOut?: number;
  /** The same in one zone. */
  readonly maxOutInZone?: number;
  /** The node that the controllers run on. */
  readonly ownNode?: string;
}

/** The world of ClusterStages: nodes, pods with budgets that move by themselves, and tasks that are played. */
export class StageWorld extends ModelWorld {
  readonly workloads: Workloads;
  readonly #tasks: PlayedTasks;
  readonly #before = new Map<string, string>();
  readonly #upgraded = new Map<string, number>();
  readonly #maxOut: number;
  readonly #maxOutInZone: number;
  readonly #ownNode: string | undefined;
  /** What is wrong with the control plane. */
  serverTrouble: string | undefined;

  constructor(options: StageWorldOptions = {}) {
    const { nodes: present = ['node-a', 'node-b', 'node-c'], maxOut = 1 } = options;
    super(options, [agentTasks]);
    this.#maxOut = maxOut;
    this.#maxOutInZone = options.maxOutInZone ?? maxOut;
    this.#ownNode = options.ownNode;
    for (const each of present) this.api.create(nodes, typeof each === 'string' ? readyNode(each) : each);
    for (const node of this.api.list(nodes)) this.#before.set(node.metadata.name, serviceOf(node));
    this.workloads = new Workloads(this.api, this.clock);
    this.#tasks = new PlayedTasks(this.api, this.clock, (task) => this.#started(task));
    this.api.onChange(({ plural, event: { type, object } }) => this.#tell(plural, type, object));
  }

  runs(workload: Workload): void {
    this.workloads.add(workload);
  }

  taskOn(host: string, behaviour: TaskBehaviour): void {
    this.#tasks.behavesOn(host, behaviour);
  }

  stage(name: string): ClusterStage | undefined {
    return this.api.find(clusterStages, { name });
  }

  node(name: string): Node {
    return this.api.get(nodes, { name });
  }

  applies(seconds: number, name: string, spec: ClusterStageSpec): void {
    this.at(seconds, name, `asks for ${spec.stage}`, () => {
      if (this.stage(name) !== undefined) this.api.mergePatch(clusterStages, { name }, { spec });
      else
        this.api.create(clusterStages, {
          apiVersion: 'fleetwright.io/v1alpha1',
          kind: 'ClusterStage',
          metadata: { name },
          spec: { scope: name === 'cluster' ? 'Cluster' : 'Node', ...spec },
        });
    });
  }

  deletes(seconds: number, name: string): void {
    this.at(seconds, name, 'deleted by its owner', () => {
      if (this.stage(name) !== undefined) this.api.delete(clusterStages, { name });
    });
  }

  /** Somebody changes a node. */
  changesNode(seconds: number, name: string, what: string, patch: object): void {
    this.at(seconds, name, what, () => this.api.mergePatch(nodes, { name }, patch));
  }

  taintsNode(seconds: number, name: string, what: string, taint: Taint): void {
    this.at(seconds, name, what, () => {
      const taints = [...(this.node(name).spec?.taints ?? []), taint];
      this.api.mergePatch(nodes, { name }, { spec: { taints } });
    });
  }

  /** What its kubelet says of a node changes. */
  becomes(seconds: number, name: string, what: string, ready: 'True' | 'Unknown'): void {
    const status = { conditions: [{ type: 'Ready', status: ready }] };
    this.at(seconds, name, what, () => this.api.mergePatch(nodes, { name }, { status }, 'status'));
  }

  /** How nodes are in service now, against how they were in the beginning. */
  changed(): readonly string[] {
    return this.api
      .list(nodes)
      .filter((node) => serviceOf(node) !== this.#before.get(node.metadata.name))
      .map((node) => `${node.metadata.name}: ${serviceOf(node)}`);
  }

  claims(): readonly string[] {
    return this.api
      .list(leases, { labelSelector: claimLabel })
      .map(
        ({ metadata: { annotations = {} } }) =>
          `${annotations['fleetwright.io/host']} by ${annotations['fleetwright.io/holder']}`,
      );
  }

  /** How often each node was upgraded. */
  upgraded(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#upgraded);
  }

  tasks(): readonly AgentTask[] {
    return this.api.list(agentTasks);
  }

  protected override addController({ manager, events }: ModelGround): Controller {
    const claims = openClaims(manager, { namespace: 'fleetwright-system' });
    return addClusterStage(manager, {
      events,
      clock: this.clock,
      claims,
      serverTrouble: async () => this.serverTrouble,
      ownNode: this.#ownNode,
    });
  }

  protected override get surroundings(): readonly Surroundings[] {
    return [this.workloads, this.#tasks];
  }

  protected override get allEnded(): boolean {
    const settled = this.api.list(clusterStages).every((stage) => {
      const { conditions, observedGeneration } = stage.status ?? {};
      const seen = observedGeneration === stage.metadata.generation && stage.metadata.deletionTimestamp === undefined;
      const reconciling = findCondition(conditions, 'Reconciling')?.status;
      return seen && (reconciling === 'False' || findCondition(conditions, 'Ready')?.reason === 'Paused');
    });
    return settled && this.workloads.nextChange() === undefined;
  }

  protected override get keys(): readonly string[] {
    return this.api.list(clusterStages).map(keyOf);
  }

  protected override check(): void {
    const held = new Set(this.claims().map((claim) => claim.split(' ')[0]));
    for (const node of this.api.list(nodes)) {
      const { name, annotations } = node.metadata;
      const taint = node.spec?.taints?.find(({ key }) => key === stageTaint);
      // Somebody has made it his own.
      if (taint?.value === 'mine') continue;
      const tainted = taint !== undefined;
      if (tainted !== (annotations?.[stageUndoAnnotation] !== undefined))
        this.#bark(`${name} has the taint without the record of what was before, or the record without the taint`);
      if (tainted && !held.has(name)) this.#bark(`${name} is out of service, and nobody has claimed it`);
    }
    const out = this.api.list(nodes).filter(({ spec }) => spec?.taints?.some(isUpgradeTaint) === true);
    if (out.length > this.#maxOut) this.#bark(`${out.length} nodes are out of service for an upgrade at once`);
    const zones = out.map((node) => zoneOf(node, {}));
    for (const zone of new Set(zones))
      if (zones.filter((each) => each === zone).length > this.#maxOutInZone)
        this.#bark(`too many nodes of zone ${zone} are out of service at once`);
    const heads = this.api.list(nodes).filter((node) => isControlPlane(node) && node.spec?.unschedulable === true);
    if (heads.length > 1) this.#bark('two nodes of the control plane are out of service at once');
  }

  #started({ metadata, spec: { hosts = [] } }: AgentTask): void {
    const [node = ''] = hosts;
    this.tale.tell(node, 'is upgraded', `by ${metadata.name}`);
    this.#upgraded.set(node, (this.#upgraded.get(node) ?? 0) + 1);
    const here = this.api.list(pods).filter(({ spec }) => spec?.nodeName === node);
    if (here.length > 0) this.#bark(`${node} is upgraded while pods are on it: ${here.map(keyOf).join(', ')}`);
    if (this.node(node).spec?.unschedulable !== true) this.#bark(`${node} is upgraded while it is in service`);
  }

  #bark(what: string): void {
    if (!this.broken.includes(what)) this.broken.push(what);
  }

  #tell(plural: string, type: string, object: KubeObject): void {
    if (plural === clusterStages.plural) {
      const stage = object as ClusterStage;
      this.broken.push(...breaches(statusSchema, stage.status, 'status'));
      const { stage: phase, conditions } = stage.status ?? {};
      if (type === 'MODIFIED' && phase !== undefined && conditions !== undefined)
        this.tale.status({ metadata: stage.metadata, status: { phase, conditions } });
      if (type === 'DELETED') this.tale.tell(keyOf(stage), 'is gone');
    }
    if (plural === pods.plural && type === 'MODIFIED' && object.metadata.deletionTimestamp !== undefined) {
      if ((object.metadata.finalizers ?? []).length > 0) this.tale.tell(keyOf(object), 'leaves');
    }
  }
}

export function readyNode(
  name: string,
  { labels, ...more }: Pick<Node, 'spec'> & Pick<Node['metadata'], 'labels'> = {},
): Node {
  return {
    metadata: { name, ...(labels === undefined ? {} : { labels }) },
    ...more,
    status: { conditions: [{ type: 'Ready', status: 'True' }], capacity: { 'ephemeral-storage': '100Gi' } },
  };
}

/** All that a stage may change of a node. */
function serviceOf({ metadata, spec }: Node): string {
  return JSON.stringify([
    spec?.unschedulable === true,
    spec?.taints ?? [],
    metadata.annotations?.[stageUndoAnnotation] ?? null,
  ]);
}

function isUpgradeTaint({ key, value }: { readonly key: string; readonly value?: string }): boolean {
  return key === stageTaint && value === 'upgrading';
}
