import type { AgentTaskHost } from '../../../../crds/types/agenttask.ts';
import type { RunStep } from '../../../../crds/runlog.ts';
import type { Cause, HostOutcome, RunOutcome, RunSpec } from '../executor.ts';

/** What the controller gives to the pods of a run: one immutable ConfigMap with this as JSON. It holds no secret. */
export interface RunFile {
  readonly version: 1;
  /** The hosts are those of all pods, in the order of the specification; `forks` are those of one pod. */
  readonly run: Omit<RunSpec, 'sshPrivateKey' | 'credentialsSecret' | 'job'>;
  /** Pod `n`, counted from 0, works on the hosts from `n * shardSize` on. */
  readonly shardSize: number;
  /** A pod that writes more than this is stopped. */
  readonly maxOutputBytes: number;
}

/** Key of the RunFile in its ConfigMap, and the name of its file. */
export const runFileKey = 'run.json';

/** Where the program in the pod finds its files, and leaves its result. */
export const podPaths = {
  run: '/run/fleetwright/run',
  /** The task's Secret, with the keys ssh-privatekey and known_hosts; absent when the task names none. */
  credentials: '/run/fleetwright/credentials',
  /** Memory, gone with the pod: it holds the key while the run lasts. */
  work: '/run/fleetwright/work',
  result: '/dev/termination-log',
} as const;

/** Bytes that kubelet keeps of what a container leaves in its termination log. */
export const resultLimit = 4096;

/**
 * How one pod ended: its termination message, as JSON, in at most `resultLimit` bytes. This, not the log, is the
 * verdict.
 */
export interface PodResult {
  readonly version: 1;
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly message?: string;
  readonly cause?: Cause;
  /** As in RunResults. */
  readonly elsewhere?: string;
  readonly uncounted?: true;
  readonly unmatched?: true;
  /** Places, from 0, of the hosts that were not brought to the end although they did not fail. */
  readonly unfinished?: readonly number[];
  /**
   * In the order of the pod's hosts, without their names, which would not fit. Messages are cut as short as it takes.
   */
  readonly hosts: readonly PodHost[];
}

/** Result, then the counts ok, changed, failed, skipped and unreachable, then the message if there is one. */
export type PodHost = readonly [
  result: HostOutcome,
  ok: number,
  changed: number,
  failed: number,
  skipped: number,
  unreachable: number,
  message?: AgentTaskHost['message'],
];

/**
 * A line of the pod's log, as JSON: a step as far as it is known. A later line with the same number replaces it.
 * Lines that are none are for people.
 */
export interface StepLine {
  /** Place among the steps of this pod, from 0. */
  readonly step: number;
  readonly is: RunStep;
}
