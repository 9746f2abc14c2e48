import type { Logger } from 'pino';

import { runFinalizer } from '../../../../crds/labels.ts';
import type { Client } from '../../../../kube/client.ts';
import type { Clock } from '../../../../kube/clock.ts';
import type { KubeObject } from '../../../../kube/objects.ts';
import type { PodLogs } from '../../../../kube/podlogs.ts';
import type { ReadStore } from '../../../../kube/store.ts';
import type { Job, Pod } from '../../../../kube/workloads.ts';
import type { FinishedRun, RunResults, Watcher } from '../executor.ts';
import type { PodFacts } from './facts.ts';
import type { RunLog } from './follow.ts';
import type { JobSettings, RunOwner } from './order.ts';

export interface JobRunsOptions {
  readonly client: Client;
  readonly podLogs: PodLogs;
  /** Cached by the label `fleetwright.io/run`, with `runIndexers` (names.ts). */
  readonly jobs: ReadStore<Job>;
  /** The same. */
  readonly pods: ReadStore<Pod>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: JobSettings;
}

/** How a run ended, once that is known; it no longer changes. */
export interface RunEnd {
  readonly state: FinishedRun;
  readonly results: RunResults;
  readonly pods: readonly PodFacts[];
}

/** What the executors of one process share. */
export interface JobContext extends JobRunsOptions {
  /** By the id of the run, until it is released or removed. */
  readonly endings: Map<string, RunEnd>;
  /** The hosts of runs under way, as their pods were told. */
  readonly hosts: Map<string, readonly string[]>;
  /** The log of a run, made when it is first asked for. */
  logOf(id: string): RunLog;
  /** Of all runs. */
  watch(onChange: (id: string) => void): Watcher;
  /** Drops all that is kept in mind of a run. */
  forget(id: string): void;
}

/** Whether an object is held until the end of its run is recorded. */
export function isHeldByRun({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(runFinalizer) === true;
}

/** An object of the same name that is none of the task's must not be taken for the task's. */
export function isOwnedBy({ metadata }: KubeObject, { uid }: Pick<RunOwner, 'uid'>): boolean {
  return metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
}
