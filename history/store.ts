import type { RunStep } from '../crds/runlog.ts';
import type { AgentTask } from '../crds/types/agenttask.ts';

/** A task as the history knows it: the object without content and variables, with the status as it was last seen. */
export interface RecordedTask {
  readonly task: AgentTask;
  /** How the task ended is recorded, with its log; nothing will change any more. */
  readonly complete: boolean;
  /** The time for which details are kept is over: of the task only name, ids, labels, phase and times are known, and no log. */
  readonly pruned?: true;
}

/** Something that somebody did to a task by way of the REST APIs. */
export interface Operation {
  readonly uid: string;
  readonly operation: 'create' | 'stop';
  /** The Kubernetes user in whose name it was done. */
  readonly user: string;
  readonly requestId: string;
  readonly source: string;
  readonly correlationID: string;
  /** RFC 3339. */
  readonly time: string;
}

/** A step of a run, and whose. */
export interface RecordedStep extends RunStep {
  readonly uid: string;
}

/** What the facade asks of the history. All methods throw HistoryError when the store cannot be used. */
export interface HistoryReader {
  byId(namespace: string, id: number): Promise<RecordedTask | undefined>;
  /** By metadata.name; of several that bore it, the latest. */
  byName(namespace: string, name: string): Promise<RecordedTask | undefined>;
  /** In the order of their creation, at most `limit` of the latest. */
  byCorrelation(
    namespace: string,
    correlationID: string,
    source: string,
    limit: number,
  ): Promise<readonly RecordedTask[]>;
  /** The log of these tasks in the order of the UIDs and then of the steps; of one host only, when it is given; the first `limit` steps only. */
  steps(uids: readonly string[], host?: string, limit?: number): Promise<readonly RecordedStep[]>;
  /** Of one task, in the order of their time. */
  operations(uid: string): Promise<readonly Operation[]>;
  /** The highest id of any task that was ever recorded, 0 when there is none. */
  highestId(): Promise<number>;
}

/** How much the history knows of a task: nothing, that it is there, or how it ended. */
export type Knowledge = 'none' | 'seen' | 'complete';

/** What the recorder does to the history. Every call is one transaction, and may be repeated: the second time changes nothing. */
export interface HistoryStore extends HistoryReader {
  knowledge(uid: string): Promise<Knowledge>;
  /** Tasks of which the end is not recorded, in the order of their first sight, from the one after `after` on; of all namespaces without one. */
  unfinished(namespace: string | undefined, after: string | undefined, limit: number): Promise<readonly AgentTask[]>;
  /**
   * Takes note of tasks that are there, so that their names and ids are known from now on. Ignored for tasks that are complete; operations are
   * added to those as well.
   */
  see(tasks: readonly AgentTask[], operations: readonly Operation[]): Promise<void>;
  /** Records how a task ended. Once only: a later call for the same UID changes nothing. */
  complete(task: AgentTask, steps: readonly RunStep[], operations: readonly Operation[]): Promise<void>;
  /** Forgets results, logs and operations of tasks that ended before this time; their names and ids stay known. @returns how many tasks */
  prune(endedBefore: Date, limit: number): Promise<number>;
  close(): Promise<void>;
}
