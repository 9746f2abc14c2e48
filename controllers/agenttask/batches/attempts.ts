import type { AgentTaskBatch } from '../../../crds/types/agenttask.ts';

/** What a batch keeps while its AgentTask comes and goes. */
type Kept = Pick<AgentTaskBatch, 'attempt' | 'retried' | 'skipped' | 'changedBefore'>;

export function kept({ attempt, retried, skipped, changedBefore }: AgentTaskBatch): Kept {
  return {
    ...(attempt === undefined ? {} : { attempt }),
    ...(retried === undefined ? {} : { retried }),
    ...(skipped === undefined ? {} : { skipped }),
    ...(changedBefore === undefined ? {} : { changedBefore }),
  };
}

/** The hosts on which the last AgentTask of a batch runs. */
export function runsOn({ hosts, retried }: Pick<AgentTaskBatch, 'hosts' | 'retried'>): readonly string[] {
  return retried ?? hosts;
}
