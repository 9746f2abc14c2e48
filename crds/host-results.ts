import type { AgentTask, AgentTaskHost } from './types/agenttask.ts';

/** The machines of a task as its object tells: those that it names, or those of its batches. */
export function hostsOf({ spec, status }: AgentTask): readonly string[] {
  return spec.hosts ?? status?.batches?.flatMap(({ hosts }) => hosts) ?? [];
}

/**
 * What became of the hosts of a task, in their order, as far as it is known: of each by itself, also where the status
 * tells of most of them together by `otherHosts`.
 */
export function hostResults(task: AgentTask): readonly AgentTaskHost[] {
  const { hosts: named = [], batches = [], otherHosts } = task.status ?? {};
  if (otherHosts === undefined && batches.every((batch) => batch.otherHosts === undefined)) return named;
  const known = new Map(named.map((host) => [host.name, host]));
  const told = (hosts: readonly string[], result = otherHosts): readonly AgentTaskHost[] =>
    hosts.flatMap((name) => known.get(name) ?? (result === undefined ? [] : { name, result }));
  return task.spec.hosts === undefined
    ? batches.flatMap((batch) => told(batch.hosts, batch.otherHosts))
    : told(hostsThatAreTold(task, task.spec.hosts));
}

const underWay: ReadonlySet<string | undefined> = new Set(['Pending', 'Running']);

/** Of a task that makes one for each host, and has not ended, those hosts whose own task has. */
function hostsThatAreTold({ status }: AgentTask, hosts: readonly string[]): readonly string[] {
  if (!underWay.has(status?.phase)) return hosts;
  const ended = new Set((status?.children ?? []).flatMap(({ host, phase }) => (underWay.has(phase) ? [] : [host])));
  return hosts.filter((host) => ended.has(host));
}
