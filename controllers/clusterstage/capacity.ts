import type { ClusterStageCapacity } from '../../crds/types/clusterstage.ts';
import type { Node } from '../../kube/builtin.ts';
import { formatQuantity, parseQuantity, QuantityError } from '../../kube/quantities.ts';
import type { Pod } from '../../kube/workloads.ts';

const resource = 'ephemeral-storage';

/** The storage of the nodes themselves, and how much of it their pods have asked for. */
export function capacityOf(nodes: Iterable<Node>, pods: Iterable<Pod>): ClusterStageCapacity {
  let [total, used] = [0n, 0n];
  for (const { status } of nodes) total += amountOf(status?.capacity?.[resource]);
  for (const { spec, status } of pods) {
    if (spec?.nodeName === undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed') continue;
    for (const { resources } of spec.containers ?? []) used += amountOf(resources?.requests?.[resource]);
  }
  return { total: formatQuantity(total, 'binary'), used: formatQuantity(used, 'binary') };
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
