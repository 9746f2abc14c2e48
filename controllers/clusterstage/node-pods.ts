import type { ClusterStage, ClusterStageProgressNode } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { selects } from '../../kube/disruption.ts';
import { keyOf } from '../../kube/objects.ts';
import type { ReadStore } from '../../kube/store.ts';
import { pods as podType, type Pod } from '../../kube/workloads.ts';
import { attachedFor, type AttachmentsWorld } from './attachments.ts';
import type { BudgetCounts } from './budgets.ts';
import { settledAt, type Refusal } from './drain.ts';
import type { EvictionMemory } from './memory.ts';
import { isAbandoned } from './node-state.ts';
import { once } from './once.ts';
import { hasToGo, viewOf, type PodView } from './pods.ts';
import { drains } from './stage-steps.ts';

/** What is on a node, as far as a drain cares. */
export interface NodePods {
  /** Bound to it or on their way to it, and to go, in the order of their names. */
  readonly pods: readonly PodView[];
  /** By UID, pods whose eviction was refused a short time ago. */
  readonly refused: ReadonlyMap<string, Refusal>;
  /** The API server itself was asked just now, and no pod that has to go is bound to it, or on its way to it. */
  readonly seenEmpty: boolean;
  /** Attachments of volumes to it, for pods that have left. */
  readonly attached: readonly string[];
}

/** Where it is looked at. Caches are indexed as `indexers.ts` says. */
export interface NodePodsWorld extends AttachmentsWorld {
  readonly client: Client;
  readonly pods: ReadStore<Pod>;
  readonly evictions: EvictionMemory;
}

/** What is looked at. */
export interface NodePodsSight {
  readonly stage: ClusterStage;
  readonly name: string;
  readonly node: Node | undefined;
  readonly progress: ClusterStageProgressNode | undefined;
  readonly counts: BudgetCounts;
  readonly now: Date;
  /** The task that works on the empty node is not made yet. */
  readonly unmade: boolean;
}

const nothing: NodePods = { pods: [], refused: new Map(), seenEmpty: false, attached: [] };

/** @returns nothing for a node that is not to be emptied, or is back in service */
export async function podsOfNode(sight: NodePodsSight, world: NodePodsWorld): Promise<NodePods> {
  const { stage, name, progress, counts, now } = sight;
  if (!drains(stage.spec) || progress?.completed?.includes('uncordon') === true) return nothing;
  // Most nodes only wait for their turn, and nobody asks what is on them.
  const all = once(() => world.pods.byIndex('node', name));
  const pods = once(() =>
    all()
      .filter((pod) => isToGo(pod, sight))
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .map((pod) => viewOf(pod, counts.of(pod), world.evictions.isLeaving(pod.metadata.uid))),
  );
  const refused = once(
    () =>
      new Map(
        pods().flatMap(({ uid }) => {
          const refusal = world.evictions.refusal(uid, now);
          return refusal === undefined ? [] : [[uid, refusal] as const];
        }),
      ),
  );
  const attached = once(() => (pods().length > 0 ? [] : attachedFor(name, all().filter(isRunning), world)));
  return {
    get pods() {
      return pods();
    },
    get refused() {
      return refused();
    },
    get attached() {
      return attached();
    },
    seenEmpty: isTime(sight, attached) && pods().length === 0 && (await isEmpty(sight, world)),
  };
}

function isToGo(pod: Pod, { stage, node }: NodePodsSight): boolean {
  const { podSelector } = stage.spec.drain ?? {};
  // With the taint out-of-service somebody vouches for it that the machine is off: what is deleted there is gone.
  if (pod.metadata.deletionTimestamp !== undefined && node !== undefined && isAbandoned(node)) return false;
  return hasToGo(pod) && (podSelector === undefined || selects(podSelector, pod.metadata.labels ?? {}));
}

function isRunning({ status }: Pod): boolean {
  return status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
}

/**
 * Whether the API server has to be asked: when the node has been cordoned for a while and is empty as far as the cache
 * tells, and again before it is handed over. Before that there is no use in it, node by node in every pass.
 */
function isTime({ progress, now, unmade }: NodePodsSight, attached: () => readonly string[]): boolean {
  const { current, since } = progress ?? {};
  if (current === 'drain') return since !== undefined && now.getTime() >= settledAt(since);
  return (current === 'detach' && attached().length === 0) || (current === 'upgrade' && unmade);
}

/** What is bound a moment ago, the cache may not show. */
async function isEmpty(sight: NodePodsSight, { client }: NodePodsWorld): Promise<boolean> {
  const { name } = sight;
  for (const field of ['spec.nodeName', 'status.nominatedNodeName']) {
    const { items } = await client.list(podType, { fieldSelector: `${field}=${name}` });
    const here = items.filter(({ spec, status }) => (spec?.nodeName ?? status?.nominatedNodeName) === name);
    if (here.some((pod) => isToGo(pod, sight))) return false;
  }
  return true;
}
