import type { AgentTask, AgentTaskStatus } from '../../crds/types/agenttask.ts';
import type { Job, Pod } from '../../kube/workloads.ts';

/** What the tests read of objects that kubectl prints as JSON. */

export interface PodView {
  readonly name: string;
  readonly component: string;
  readonly node: string;
  readonly ready: boolean;
  readonly finalizers: readonly string[];
  readonly raw: Pod;
}

export interface TaskView {
  readonly phase: string;
  /** Those of the condition Succeeded. */
  readonly reason: string;
  readonly message: string;
  readonly runId: string | undefined;
  readonly status: AgentTaskStatus;
}

export interface JobView {
  readonly finalizers: readonly string[];
  /** Types of the conditions that are true. */
  readonly conditions: readonly string[];
  readonly raw: Job;
}

interface List<T> {
  readonly items: readonly T[];
}

export function listOf(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

export function parsePods(json: string): readonly PodView[] {
  const list: List<Pod> = JSON.parse(json);
  return list.items.map((raw) => ({
    name: raw.metadata.name,
    component: raw.metadata.labels?.['app.kubernetes.io/component'] ?? '',
    node: raw.spec?.nodeName ?? '',
    ready: (raw.status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True'),
    finalizers: raw.metadata.finalizers ?? [],
    raw,
  }));
}

export function parseTask(json: string): TaskView {
  const { status }: AgentTask = JSON.parse(json);
  const condition = status?.conditions?.find(({ type }) => type === 'Succeeded');
  return {
    phase: status?.phase ?? '',
    reason: condition?.reason ?? '',
    message: condition?.message ?? '',
    runId: status?.run?.id,
    status: status ?? {},
  };
}

export function parseJob(json: string): JobView {
  const raw: Job = JSON.parse(json);
  const conditions = (raw.status?.conditions ?? []).flatMap(({ type, status }) => (status === 'True' ? [type] : []));
  return { finalizers: raw.metadata.finalizers ?? [], conditions, raw };
}
