import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import type { Client } from '../../../kube/client.ts';
import type { Clock } from '../../../kube/clock.ts';
import { ApiError } from '../../../kube/errors.ts';
import type { EventRecorder } from '../../../kube/events.ts';
import { messageOf } from '../../../kube/thrown.ts';
import type { Executor } from '../executors/executor.ts';
import { RunLogTakenError, writeRunLog } from './log-parts.ts';

export interface RunLogWriterOptions {
  readonly client: Client;
  readonly events: EventRecorder;
  readonly clock: Clock;
}

interface Progress {
  /** Output of the run, in bytes, when its log was last written. */
  bytes: number;
  /** What was written; see writeRunLog. */
  readonly written: Map<string, string>;
  failures: number;
  failingSince: Date | undefined;
}

/** A verdict is worth more than a log: after so many failures, over so long (milliseconds), a task ends without. */
const patience = { failures: 5, time: 60_000 };

/** Writes the logs of runs, and keeps in mind how far each is written. */
export class RunLogWriter {
  readonly #options: RunLogWriterOptions;
  readonly #progress = new Map<string, Progress>();

  constructor(options: RunLogWriterOptions) {
    this.#options = options;
  }

  /** Whether the run may have done something since its log was written. */
  isBehind(id: string, outputBytes: number): boolean {
    return outputBytes > (this.#progress.get(id)?.bytes ?? 0);
  }

  /**
   * Writes the log as the run stands. Of a run that goes on it may fail: the next look is soon. The last one is tried
   * until it works, the API server refuses it for good (a quota, a right that is missing) or patience ends; what is
   * missing then is told by an event of the task.
   * @param outputBytes as measured before, so that what is written meanwhile counts as new
   * @throws what failed, of a last log that is to be tried again
   */
  async write(
    task: AgentTask,
    executor: Pick<Executor, 'steps'>,
    { id, outputBytes, last }: { readonly id: string; readonly outputBytes: number; readonly last: boolean },
  ): Promise<void> {
    const { client, clock } = this.#options;
    const progress = this.#progressOf(id);
    try {
      await writeRunLog(client, task, id, await executor.steps(id), progress.written);
      progress.bytes = outputBytes;
      progress.failures = 0;
      progress.failingSince = undefined;
      if (last) this.#progress.delete(id);
    } catch (error) {
      const now = clock.now();
      progress.failures += 1;
      progress.failingSince ??= now;
      const hopeless =
        isRefusal(error) ||
        (progress.failures >= patience.failures && now.getTime() - progress.failingSince.getTime() >= patience.time);
      if (last && !hopeless) throw error;
      if (hopeless) this.#tell(task, error);
    }
  }

  forget(id: string): void {
    this.#progress.delete(id);
  }

  #progressOf(id: string): Progress {
    const known = this.#progress.get(id) ?? {
      bytes: 0,
      written: new Map<string, string>(),
      failures: 0,
      failingSince: undefined,
    };
    this.#progress.set(id, known);
    return known;
  }

  #tell(task: AgentTask, error: unknown): void {
    const note = `the log of the run could not be written: ${messageOf(error)}`;
    this.#options.events.record(agentTasks, task, { type: 'Warning', reason: 'LogMissing', action: 'WriteLog', note });
  }
}

/** To ask the same again is pointless. */
function isRefusal(error: unknown): boolean {
  if (error instanceof RunLogTakenError) return true;
  return error instanceof ApiError && error.httpStatus < 500 && ![401, 409, 410, 429].includes(error.httpStatus);
}
