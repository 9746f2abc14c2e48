import { join } from 'node:path';
import type { FinishedRun, RunOutcome } from './executor.ts';
import { numberField, parseObject, textField } from './json.ts';
import { plainLine } from './plain-text.ts';
import type { ProcessIdentity } from './processes.ts';
import { readOptional, readTail } from './run-folder.ts';
import type { RunPaths } from './run-folder.ts';

/** The claim in a run folder. */
export interface StartedRecord extends ProcessIdentity {
  readonly startedAt: Date;
}

/** Exit code for an Ansible that a signal ended: the runner records none. */
const NO_EXIT_CODE = 254;

/**
 * Reads the claim; undefined when the run was never started. The number 0 stands for a claim made to remove the folder.
 */
export async function readStarted(paths: RunPaths): Promise<StartedRecord | undefined> {
  const text = await readOptional(paths.started);
  const record = text === undefined ? undefined : parseObject(text);
  return record === undefined
    ? undefined
    : {
        pid: numberField(record, 'pid'),
        startTicks: numberField(record, 'startTicks'),
        bootId: textField(record, 'bootId') ?? '',
        startedAt: new Date(numberField(record, 'at')),
      };
}

/** Reads the end of a run; undefined when none was recorded. */
export async function readFinished(paths: RunPaths, startedAt: Date): Promise<FinishedRun | undefined> {
  const text = await readOptional(paths.exited);
  const exited = text === undefined ? undefined : parseObject(text);
  if (exited === undefined) {
    return undefined;
  }
  const [status, code, stop] = await Promise.all([
    readOptional(join(paths.artifacts, 'status')),
    readOptional(join(paths.artifacts, 'rc')),
    readOptional(paths.stop),
  ]);
  const outcome = outcomeOf(status?.trim(), exited['timedOut'] === true, stop !== undefined);
  const message = await messageFor(outcome, paths);
  return {
    state: 'finished',
    outcome,
    exitCode: exitCodeOf(code, numberField(exited, 'exitCode'), outcome),
    startedAt,
    finishedAt: new Date(numberField(exited, 'at')),
    ...(message === undefined ? {} : { message }),
  };
}

function outcomeOf(status: string | undefined, timedOut: boolean, stopped: boolean): RunOutcome {
  // A run that came to its good end before the stop or the time limit reached it did its work.
  if (status === 'successful') {
    return 'successful';
  }
  if (timedOut) {
    return 'timeout';
  }
  if (stopped || status === 'canceled') {
    return 'canceled';
  }
  return status === 'failed' ? 'failed' : 'error';
}

/** ansible-runner exits with 0 when a signal ended Ansible, so its own exit code alone proves nothing. */
function exitCodeOf(recorded: string | undefined, runner: number, outcome: RunOutcome): number {
  const code = recorded === undefined || !/^\d+$/.test(recorded.trim()) ? runner : Number(recorded);
  return code === 0 && outcome !== 'successful' ? NO_EXIT_CODE : code;
}

async function messageFor(outcome: RunOutcome, paths: RunPaths): Promise<string | undefined> {
  if (outcome === 'timeout') {
    return 'The run was ended because its time limit was reached.';
  }
  if (outcome === 'canceled') {
    return 'The run was stopped before its end.';
  }
  if (outcome === 'error') {
    const last = plainLine((await readTail(paths.runnerLog, 4096)).trimEnd().split('\n').at(-1) ?? '');
    return last === '' ? 'it printed nothing' : last;
  }
  return undefined;
}
