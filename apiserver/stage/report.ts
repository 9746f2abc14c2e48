import { clusterStageName } from '../../crds/labels.ts';
import { availableAfter, stageOf } from '../../crds/stages.ts';
import type { ClusterStage } from '../../crds/types/clusterstage.ts';
import { parseQuantity } from '../../kube/quantities.ts';

/** How far an operation is, node by node. */
interface Proc {
  readonly total_rate: number;
  readonly nodes: readonly {
    readonly name: string;
    readonly proc_rate: number;
    readonly curr_proc: string;
    readonly completed: readonly string[];
  }[];
}

export interface StageInfo {
  readonly stage: string;
  readonly data: string;
  readonly proc: Proc | null;
}

/** A stage and what the caller sent with it. Where there is no ClusterStage, all is in service. */
export function stageEntity(stage: ClusterStage | undefined): { readonly stage: string; readonly data: string } {
  return { stage: stage === undefined ? 'running' : stageOf(stage), data: stage?.spec.data ?? '' };
}

/**
 * The stage that stands for all: the cluster's, or that of a node that is out of service while the cluster runs; then
 * `data` says that it is a node's.
 */
export function stageInfo(all: Iterable<ClusterStage>): StageInfo {
  const stages = [...all].toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const cluster = stages.find(({ metadata }) => metadata.name === clusterStageName);
  const entity = stageEntity(cluster);
  if (entity.stage !== 'running') return { ...entity, proc: procOf(cluster) };
  const node = stages.find((stage) => stage !== cluster && stageOf(stage) !== 'running');
  if (node !== undefined) return { stage: stageOf(node), data: 'node', proc: procOf(node) };
  return { ...entity, proc: procOf(cluster) };
}

/** @returns null while nothing is under way */
function procOf(stage: ClusterStage | undefined): Proc | null {
  const { run, progress } = stage?.status ?? {};
  if (run === undefined || run.completionTime !== undefined || progress === undefined) return null;
  return {
    total_rate: progress.totalRate,
    nodes: (progress.nodes ?? []).map(({ name, rate, current, completed }) => ({
      name,
      proc_rate: rate,
      curr_proc: current ?? '',
      completed: completed ?? [],
    })),
  };
}

/** @param name of the cluster */
export function infoEntity(cluster: ClusterStage | undefined, name: string): object {
  const { stage } = stageEntity(cluster);
  const { total, used } = cluster?.status?.capacity ?? {};
  return {
    Name: name,
    Stage: stage,
    Status_Msg: stage.toUpperCase(),
    Total_Capacity: capacityText(total),
    Usage_Capacity: capacityText(used),
    Management: availableAfter('Cluster', stage),
  };
}

const units = ['', 'K', 'M', 'G', 'T', 'P', 'E'];
const nano = 1_000_000_000n;

/** `100T`, `1.21G` or `0`: multiples of 1024, with two decimals unless it is a whole number. Empty: not known yet. */
function capacityText(quantity: string | undefined): string {
  if (quantity === undefined) return '';
  let value = Number(parseQuantity(quantity) / nano);
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit += 1) value /= 1024;
  return `${Number.isInteger(value) ? value : value.toFixed(2)}${units[unit]}`;
}
