import type { ClusterStage, ClusterStageProgressNode } from '../../crds/types/clusterstage.ts';
import type { Column, Parts, Row } from '../kind.ts';
import { fromSeconds, toSeconds } from '../times.ts';

/** By the field that they hold, so that a field that the definition gets is not forgotten. Times are seconds. */
const columns = {
  name: { name: 'word' },
  // The steps, with a comma between them.
  completed: { completed: 'word' },
  current: { current: 'word' },
  rate: { rate: 'integer' },
  since: { since: 'integer' },
  settledSince: { settled: 'integer' },
  pods: { pods: 'integer' },
  task: { task: 'text', result: 'word' },
  blockedBy: { blocked: 'text' },
  failed: { failed: 'integer' },
  gone: { gone: 'integer' },
} as const satisfies Record<keyof ClusterStageProgressNode, Readonly<Record<string, Column>>>;

/** How far each node came. */
export const nodeParts: Parts<ClusterStage> = {
  tables: {
    node: Object.fromEntries(Object.values(columns).flatMap((each): [string, Column][] => Object.entries(each))),
  },
  detach(stage) {
    const { nodes = [], ...progress } = stage.status?.progress ?? { totalRate: 0 };
    if (nodes.length === 0) return { object: stage, rows: {} };
    return { object: { ...stage, status: { ...stage.status, progress } }, rows: { node: nodes.map(toRow) } };
  },
  attach(stage, { node: rows = [] }) {
    const progress = stage.status?.progress;
    if (rows.length === 0 || progress === undefined) return stage;
    return { ...stage, status: { ...stage.status, progress: { ...progress, nodes: rows.map(fromRow) } } };
  },
};

/** Changes when a node begins or ends a step, fails, or is gone. */
export function stepsOfNodes({ status }: ClusterStage): string {
  return (status?.progress?.nodes ?? [])
    .map(({ completed = [], current = '', task, failed, gone }) =>
      [completed.length, current, task?.result, failed, gone].join(' '),
    )
    .join();
}

function toRow(node: ClusterStageProgressNode): Row {
  const { name, rate, current, completed, since, settledSince, pods, task, blockedBy, failed, gone } = node;
  return {
    name,
    completed: completed?.join(),
    current,
    rate,
    since: toSeconds(since),
    settled: toSeconds(settledSince),
    pods,
    task: task?.name,
    result: task?.result,
    blocked: blockedBy,
    failed: failed === true ? 1 : undefined,
    gone: gone === true ? 1 : undefined,
  };
}

function fromRow(row: Row): ClusterStageProgressNode {
  const { name, completed, current, rate, since, settled, pods, task, result, blocked, failed, gone } = row;
  return {
    name: String(name),
    rate: Number(rate),
    ...(current === undefined ? {} : { current: String(current) as NonNullable<ClusterStageProgressNode['current']> }),
    ...(completed === undefined ? {} : { completed: String(completed).split(',') }),
    ...(since === undefined ? {} : { since: fromSeconds(Number(since)) }),
    ...(settled === undefined ? {} : { settledSince: fromSeconds(Number(settled)) }),
    ...(pods === undefined ? {} : { pods: Number(pods) }),
    ...(task === undefined
      ? {}
      : { task: { name: String(task), ...(result === undefined ? {} : { result: String(result) }) } }),
    ...(blocked === undefined ? {} : { blockedBy: String(blocked) }),
    ...(failed === undefined ? {} : { failed: true }),
    ...(gone === undefined ? {} : { gone: true }),
  };
}
