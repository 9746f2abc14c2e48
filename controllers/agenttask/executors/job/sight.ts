import type { CoreEvent, Job } from '../../../../kube/workloads.ts';
import type { Cause, RunState } from '../executor.ts';
import type { PodFacts } from './facts.ts';

/** The part of the hosts that one index of the Job stands for. */
export interface Shard {
  readonly index: number;
  /** The pod whose word counts: the latest that may have begun, else the latest. */
  readonly pod: PodFacts | undefined;
  /** Its pod is gone with all that it came to. */
  readonly vanished: boolean;
}

/** What the Job of a run comes to, as seen at one moment. */
export interface Assessment {
  readonly state: Extract<RunState, { readonly state: 'running' | 'finished' }>;
  readonly shards: readonly Shard[];
  /**
   * What has to be done about a run that cannot go on: `giveUp` stops it for the cause, `endPods` deletes the pods of a
   * Job that is deleted.
   */
  readonly due: { readonly do: 'giveUp'; readonly cause: Cause } | { readonly do: 'endPods' } | undefined;
}

export interface Sight {
  readonly job: Job;
  readonly pods: readonly PodFacts[];
  /** Warnings about the Job and its pods. */
  readonly events: readonly CoreEvent[];
  readonly now: Date;
}
