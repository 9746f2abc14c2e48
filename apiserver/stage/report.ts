import { clusterStageName } from '../../crds/labels.ts';
import { availableAfter, stageOf } from '../../crds/stages.ts';
import type { ClusterStage } from '../../crds/types/clusterstage.ts';
import { dataOf, type StageData } from './data.ts';

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
  /** Never null: an empty text for nothing. */
  readonly data: NonNullable<StageData>;
  readonly proc: Proc | null;
}

/** A stage and what the caller sent with it. */
export interface StageEntity {
  readonly stage: string;
  readonly data: StageData;
}

/** Where there is no ClusterStage, all is in service. */
export function stageEntity(stage: ClusterStage | undefined): StageEntity {
  return stage === undefined ? { stage: 'running', data: '' } : { stage: stageOf(stage), data: dataOf(stage.spec) };
}

/**
 * The stage that stands for all: the cluster's, or that of a node that is out of service while the cluster runs; then
 * `data` says that it is a node's.
 */
export function stageInfo(all: Iterable<ClusterStage>): StageInfo {
  const stages = [...all].toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const cluster = stages.find(({ metadata }) => metadata.name === clusterStageName);
  const { stage: present, data } = stageEntity(cluster);
  const entity = { stage: present, data: data ?? '', proc: procOf(cluster) };
  if (present !== 'running') return entity;
  const node = stages.find((stage) => stage !== cluster && stageOf(stage) !== 'running');
  if (node !== undefined) return { stage: stageOf(node), data: 'node', proc: procOf(node) };
  return entity;
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

/**
 * @param name of the cluster
 * @param capacityText how the API writes an amount of storage; undefined: not known yet
 */
export function infoEntity(
  cluster: ClusterStage | undefined,
  name: string,
  capacityText: (quantity: string | undefined) => string,
): object {
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
