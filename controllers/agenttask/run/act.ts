import type { AgentTask } from '../../../crds/types/agenttask.ts';
import { TerminalError } from '../../../kube/errors.ts';
import { RunNotPreparedError, RunRemovedError, StartError } from '../executors/errors.ts';
import type { Executor } from '../executors/executor.ts';
import type { RunIntent } from '../intents.ts';
import type { RunLogWriter } from './log-writer.ts';
import type { RunPlaces } from './places.ts';

/** What acting on runs needs. */
export interface RunHands {
  readonly places: RunPlaces;
  readonly logs: RunLogWriter;
}

/**
 * Carries out what a task intends with its run.
 * @throws TerminalError when the run can never start, and what the executor and the log throw
 */
export async function actOnRun(task: AgentTask, intent: RunIntent, { places, logs }: RunHands): Promise<void> {
  const executor = places.of(task)?.of(task);
  if (executor === undefined) return;
  switch (intent.do) {
    case 'prepareRun':
      await terminalIf(executor.prepare(intent.run), 'RunRemoved', RunRemovedError);
      return;
    case 'startRun':
      await start(executor, intent.id);
      return;
    case 'stopRun':
      await executor.requestStop(intent.id, intent.stage);
      return;
    case 'writeLog':
      await logs.write(task, executor, intent);
      return;
    case 'releaseRun':
      await executor.release(intent.id);
      return;
    case 'removeRun':
      await executor.remove(intent.id);
      logs.forget(intent.id);
      return;
  }
}

async function start(executor: Executor, id: string): Promise<void> {
  try {
    await terminalIf(executor.start(id), 'RunLost', RunNotPreparedError);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const { state } = await executor.inspect(id);
    if (state === 'prepared') throw new TerminalError('StartFailed', error.message, { cause: error });
  }
}

async function terminalIf(
  call: Promise<void>,
  reason: string,
  Class: new (...parameters: never[]) => Error,
): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (error instanceof Class) throw new TerminalError(reason, error.message, { cause: error });
    throw error;
  }
}
