import type { AgentTask } from './types/agenttask.ts';

/**
 * Whether a task has failed before anything of it ever ran, so that its spec may be corrected and it begins anew: the
 * rules in agenttask.yaml let the spec change then. One with a source was asked for by a program, which was told of the
 * end and may have taken it for what it is.
 */
export function mayBeCorrected({ spec, status }: AgentTask): boolean {
  return (
    status?.phase === 'Failed' &&
    status.startTime === undefined &&
    status.run === undefined &&
    spec.source === undefined &&
    spec.stop !== true
  );
}
