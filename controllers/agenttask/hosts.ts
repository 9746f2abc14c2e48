import type { AgentTask } from '../../crds/types/agenttask.ts';

/** The machines of a task as its object tells: those that it names, or those of its batches. */
export function hostsOf({ spec, status }: AgentTask): readonly string[] {
  return spec.hosts ?? status?.batches?.flatMap(({ hosts }) => hosts) ?? [];
}
