import type { ClusterStageCapacity } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import { formatQuantity, parseQuantity, QuantityError } from '../../kube/quantities.ts';
import type { CSIStorageCapacity, PersistentVolume } from '../../kube/storage.ts';
import type { Pod } from '../../kube/workloads.ts';

/** Where the storage of a cluster is told of. */
export interface Storage {
  readonly capacities: Iterable<CSIStorageCapacity>;
  readonly volumes: Iterable<PersistentVolume>;
  readonly nodes: Iterable<Node>;
  readonly pods: Iterable<Pod>;
}

/**
 * The storage of the cluster: where drivers tell what they can still give, that and the bound volumes of the same
 * classes; else that of the nodes themselves.
 */
export function capacityOf({ capacities, volumes, nodes, pods }: Storage): ClusterStageCapacity {
  const told = [...capacities].filter(({ capacity }) => capacity !== undefined);
  return told.length === 0 ? ofNodes(nodes, pods) : ofDrivers(told, volumes);
}

function ofDrivers(told: readonly CSIStorageCapacity[], volumes: Iterable<PersistentVolume>): ClusterStageCapacity {
  // Classes of one pool tell the same of the same nodes, to the byte; it is there once.
  const pools = new Map(told.map(({ nodeTopology, capacity }) => [JSON.stringify([nodeTopology, capacity]), capacity]));
  const free = sum([...pools.values()].map(amountOf));
  const classes = new Set(told.map(({ storageClassName }) => storageClassName));
  const bound = [...volumes].filter(
    ({ spec, status }) => status?.phase === 'Bound' && classes.has(spec?.storageClassName ?? ''),
  );
  const used = sum(bound.map(({ spec }) => amountOf(spec?.capacity?.['storage'])));
  return quantities(free + used, used);
}

const resource = 'ephemeral-storage';

/** What the nodes have, and how much of it their pods have asked for. */
function ofNodes(nodes: Iterable<Node>, pods: Iterable<Pod>): ClusterStageCapacity {
  let [total, used] = [0n, 0n];
  for (const { status } of nodes) total += amountOf(status?.capacity?.[resource]);
  for (const { spec, status } of pods) {
    if (spec?.nodeName === undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed') continue;
    for (const { resources } of spec.containers ?? []) used += amountOf(resources?.requests?.[resource]);
  }
  return quantities(total, used);
}

function quantities(total: bigint, used: bigint): ClusterStageCapacity {
  return { total: formatQuantity(total, 'binary'), used: formatQuantity(used, 'binary') };
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

function amountOf(quantity: string | number | undefined): bigint {
  if (quantity === undefined) return 0n;
  try {
    return parseQuantity(String(quantity));
  } catch (error) {
    // The API server lets none pass; what it stored before it looked counts for nothing.
    if (error instanceof QuantityError) return 0n;
    throw error;
  }
}
