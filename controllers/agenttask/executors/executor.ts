import type { RunStep } from '../../../crds/runlog.ts';
import type { AgentTaskJob } from '../../../crds/types/agenttask.ts';

/** How to become another user on a host, in Ansible's words. */
export interface Become {
  /** User to become, for example `root`. */
  readonly user: string;
  /** Ansible become plugin: `sudo`, `su`, `doas` and so on. */
  readonly method: string;
}

/** Everything a run needs, frozen at the start of the attempt. */
export interface RunSpec {
  /** Name of the run folder: `${uid}-${attempt}`. Letters, digits, `.`, `_` and `-`, at most 128 characters. */
  readonly id: string;
  /** Names or addresses, unique, each reported under this exact string. `localhost` is this machine, without SSH. */
  readonly hosts: readonly string[];
  /** A playbook (list of plays) or a list of tasks, as YAML; tasks are wrapped into one play on all hosts. */
  readonly content: string;
  /** User to log in as. */
  readonly user: string;
  readonly become?: Become;
  /**
   * Extra variables. Values are data: braces in them are not evaluated. Names that begin with `ansible_` are refused,
   * but for `ansible_port` and `ansible_python_interpreter`, because they can choose programs that run on this machine.
   */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Number of hosts worked on at once. */
  readonly forks: number;
  /** The whole run is stopped after this many seconds, whether or not the caller is alive. */
  readonly timeoutSeconds: number;
  /** Private key, PEM or OpenSSH text. On disk with mode 0600 from prepare until the run ends. */
  readonly sshPrivateKey?: string;
  /** Lines in known_hosts format; the executor's own file is used when absent. */
  readonly knownHosts?: string;
  readonly hostKeyChecking: boolean;
  /**
   * Name of the Secret that key and known hosts come from, for an executor that has it mounted instead of passing them
   * on.
   */
  readonly credentialsSecret?: string;
  /** For an executor of Kubernetes Jobs. */
  readonly job?: AgentTaskJob;
}

/**
 * How a finished run ended. `failed`: at least one host failed or was unreachable, or the content was refused by
 * Ansible. `timeout`: stopped after `timeoutSeconds`. `canceled`: stopped by `requestStop`. `error`: the runner itself
 * could not work.
 */
export type RunOutcome = 'successful' | 'failed' | 'timeout' | 'canceled' | 'error';

/** The folder does not exist, or is not complete: `prepare` has to be called (again). */
interface AbsentRun {
  readonly state: 'absent';
}

/** Written, never started. */
interface PreparedRun {
  readonly state: 'prepared';
}

/** What keeps a run from going on, or ended it, where that is neither the content nor the hosts. */
export interface Cause {
  /** CamelCase, for programs: `PodEvicted`, `ImageNotPullable`, `QuotaExceeded` and so on. */
  readonly reason: string;
  /** One line of plain text: what happened, to what, and what to do. */
  readonly message: string;
}

/** Started, and its supervisor is alive. */
interface RunningRun {
  readonly state: 'running';
  readonly startedAt: Date;
  /** What it waits for, where that is not the end of the content. */
  readonly hindrance?: Cause;
}

/**
 * Started once, but its supervisor is gone without having recorded an end. Nothing of it is alive, and it never runs
 * again under this id.
 */
export interface LostRun {
  readonly state: 'lost';
  readonly startedAt: Date;
  readonly message: string;
}

/** Ended; `results` is complete and no longer changes. */
export interface FinishedRun {
  readonly state: 'finished';
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  /** One line of plain text, at most 256 characters, where the outcome alone does not explain the end. */
  readonly message?: string;
  /**
   * Set where something outside the run ended it, or a part of it; hosts that came to their end before have their
   * results.
   */
  readonly cause?: Cause;
}

export type RunState = AbsentRun | PreparedRun | RunningRun | LostRun | FinishedRun;

/**
 * `ok`: something ran, nothing changed. `skipped`: only skipped tasks. `notRun`: no task of the run reached the host,
 * also because it could not be reached and the content ignores that.
 */
export type HostOutcome = 'ok' | 'changed' | 'failed' | 'unreachable' | 'skipped' | 'notRun';

/** Numbers of tasks by how they ended on one host; ignored and rescued failures count as `ok`. */
export interface TaskCounts {
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly unreachable: number;
}

export interface HostResult {
  /** The host exactly as it is written in the specification. */
  readonly name: string;
  readonly result: HostOutcome;
  readonly counts: TaskCounts;
  /**
   * One line of plain text, at most 256 characters: why the host failed, could not be reached, or did not come to the
   * end.
   */
  readonly message?: string;
  /**
   * It did not fail, but was not brought to the end of the content either, for example because another host ended the
   * play.
   */
  readonly unfinished?: true;
}

export interface RunResults {
  /** One entry per host of the specification, in its order. */
  readonly hosts: readonly HostResult[];
  /**
   * One line of plain text, at most 256 characters, for an end that no host explains, such as content Ansible cannot
   * parse.
   */
  readonly message?: string;
  /**
   * Hosts outside the specification (localhost, hosts that the content added) that failed or could not be reached: one
   * line of plain text, at most 256 characters, with task and words.
   */
  readonly elsewhere?: string;
  /** Ansible ended without final counts: it refused the content, or was ended. */
  readonly uncounted?: true;
  /** No play of the content selects any of the hosts. */
  readonly unmatched?: true;
}

/** `interrupt` lets Ansible end cleanly, `terminate` ends it, `kill` leaves no process of the run alive. */
export type StopStage = 'interrupt' | 'terminate' | 'kill';

export interface Watcher {
  close(): void;
}

/**
 * Runs Ansible content outside the caller's process. The caller may die and be replaced at any moment:
 * all it needs to go on is the run's id and an executor of the same location.
 */
export interface Executor {
  /** Machine and state folder. Only an executor with the same location can see the run. */
  readonly location: string;
  /**
   * Writes the run folder, complete or not at all. May be repeated; a folder that was prepared or started before is
   * left as it is.
   * @throws ContentError when the content is not YAML or not a list of plays or tasks.
   * @throws InvalidRunError when another field cannot be used.
   * @throws RunRemovedError when a run of this id was started and removed before.
   */
  prepare(run: RunSpec): Promise<void>;
  /**
   * Starts a prepared run, at most once ever per id, however often and by however many callers it is called.
   * Resolves when the run is known to have been started (by this call or an earlier one).
   * @throws RunNotPreparedError when there is no complete folder.
   * @throws RunRemovedError when a run of this id was started and removed before.
   * @throws StartError when no supervisor came up; `inspect` then tells whether the run was started.
   */
  start(id: string): Promise<void>;
  /**
   * Where a run stands. Of a lost one it first ends what is left, so that nothing of it is alive once it is reported.
   * @throws StopError when that is impossible.
   */
  inspect(id: string): Promise<RunState>;
  /**
   * Signals the whole run and returns; the caller waits between stages and sees the end by `watch` or `inspect`. Does
   * nothing to a run that is not running. A stage may be repeated: a signal that meets Ansible while it is coming up
   * may be lost. After `kill` the run is finished (`canceled`) or lost, and nothing of it is alive on this machine.
   * @throws StopError when `kill` meets processes that belong to another user.
   */
  requestStop(id: string, stage: StopStage): Promise<void>;
  /** From the runner's artifacts, never from log text; partial for a run that is running, stopped or lost. */
  results(id: string): Promise<RunResults>;
  /**
   * What each Ansible task did on each host so far, in the order of their start: from the runner's artifacts, bounded
   * (the first 50,000). Empty for a run that is absent or not started.
   */
  steps(id: string): Promise<readonly RunStep[]>;
  /** Whether a finished run still has what is kept only until its end is recorded. */
  isHeld(id: string): boolean;
  /**
   * The end is recorded: lets go of what was kept for that. The run can still be inspected by people. No error when
   * there is nothing to let go.
   */
  release(id: string): Promise<void>;
  /**
   * Deletes the folder; no error when it is absent.
   * @throws RunStillRunningError while the run is running.
   */
  remove(id: string): Promise<void>;
  /** Reports the id of a run whose state may have changed. Events may be missed or repeated: poll slowly as well. */
  watch(onChange: (id: string) => void): Watcher;
  /** Bytes the run's output takes on disk, so that the caller can stop a run that writes too much. */
  outputBytes(id: string): Promise<number>;
  /** Ids of all runs of this location. */
  list(): Promise<string[]>;
}
