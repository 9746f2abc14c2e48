import type { RunStep } from '../../crds/runlog.ts';
import type { AgentTask } from '../../crds/types/agenttask.ts';
import type { Attachments, Row, Rows } from '../kind.ts';
import { fromSeconds, toSeconds } from '../times.ts';
import { readRunLog } from './runlog.ts';

/** The table of the steps. */
export const stepTable = 'step';

/** The log of the run. */
export const stepAttachments: Attachments<AgentTask> = {
  tables: {
    [stepTable]: {
      host: 'word',
      name: 'word',
      action: 'word',
      result: 'word',
      // Seconds since 1970, and from there to the end; none where the end is not known.
      start: 'integer',
      duration: 'integer',
      ignored: 'integer',
      message: 'text',
    },
  },
  read: async (client, task, log) => rowsOf(await readRunLog(client, task, log)),
};

/** The steps as rows of their table. */
export function rowsOf(steps: readonly RunStep[]): Rows {
  return { [stepTable]: steps.map(toRow) };
}

function toRow({ host, name, action, result, start, end, ignored, message }: RunStep): Row {
  const from = toSeconds(start);
  const to = toSeconds(end);
  const duration = from === undefined || to === undefined ? undefined : to - from;
  return { host, name, action, result, start: from, duration, ignored: ignored === true ? 1 : undefined, message };
}

/** A step of its row. */
export function stepOf({ host, name, action, result, start, duration, ignored, message }: Row): RunStep {
  return {
    host: String(host),
    name: String(name),
    action: String(action),
    start: start === undefined ? '' : fromSeconds(Number(start)),
    end: start === undefined || duration === undefined ? '' : fromSeconds(Number(start) + Number(duration)),
    result: String(result) as RunStep['result'],
    ...(ignored === undefined ? {} : { ignored: true }),
    ...(message === undefined ? {} : { message: String(message) }),
  };
}
