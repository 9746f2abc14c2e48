import { readFile } from 'node:fs/promises';
import { ClusterError } from './errors.ts';
import { logPath } from './components.ts';
import type { Keeper } from './keeper-client.ts';

const tailLines = 15;
const portTaken = /address already in use|bind: permission denied/i;

/** A program of the control plane ended on its own. */
export class ComponentFailure extends ClusterError {
  /** Another process took the port between the choice and the start: worth another try with other ports. */
  readonly portTaken: boolean;

  constructor(name: string, how: string, log: string) {
    super('COMPONENT_FAILED', `${name} ended with ${how}. The end of its log:\n${log}`);
    this.portTaken = portTaken.test(log);
  }
}

/**
 * Awaits `work`, but throws a ComponentFailure with the end of the log as soon as one of the named programs ends before
 * that, and adds the logs when `work` gives up waiting.
 */
export async function whileRunning<T>(keeper: Keeper, names: readonly string[], work: Promise<T>): Promise<T> {
  const removals: (() => void)[] = [];
  const ended = new Promise<{ readonly name: string; readonly how: string }>((resolve) => {
    for (const name of names) {
      removals.push(keeper.onExit(name, (how) => resolve({ name, how })));
    }
  });
  // Observed here as well: it may reject after a program's end has already decided the race.
  work.catch(() => {});
  try {
    const outcome = await Promise.race([work.then((value) => ({ value })), ended]);
    if ('value' in outcome) {
      return outcome.value;
    }
    throw new ComponentFailure(outcome.name, outcome.how, await tailOfLog(keeper.folder, outcome.name));
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'NOT_READY') {
      const logs = await Promise.all(names.map(async (name) => `${name}:\n${await tailOfLog(keeper.folder, name)}`));
      throw new ClusterError('NOT_READY', `${error.message} The ends of the logs:\n${logs.join('\n')}`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    for (const remove of removals) {
      remove();
    }
  }
}

async function tailOfLog(folder: string, name: string): Promise<string> {
  try {
    const lines = (await readFile(logPath(folder, name), 'utf8')).trimEnd().split('\n');
    return lines.slice(-tailLines).join('\n');
  } catch {
    return '(no log was written)';
  }
}
