import type { RunStep } from '../../crds/runlog.ts';
import type { LoggedStep } from './logs.ts';

type StepResult = RunStep['result'];

/** `reuslt` is how the document and the original program spell it. */
function line({ task: { spec }, step }: LoggedStep, start: string, end: string, result: string): string {
  return (
    `global_id = ${spec.correlationID ?? ''}, source = ${spec.source ?? ''}, ` +
    `create_time = ${start}, end_time = ${end}, host = ${step.host}, reuslt = ${result}`
  );
}

const documentedResult = {
  running: '',
  ok: 'ok',
  changed: 'ok',
  skipped: 'skipped',
  failed: 'failed',
  unreachable: 'unreachable',
  asyncFailed: 'async_failed',
} satisfies Record<StepResult, string>;

/** The document's line, with times in UTC; one field more, at its end, where the content ignores what went wrong. */
export function documentedLine(logged: LoggedStep): string {
  const { start, end, result, ignored } = logged.step;
  return `${line(logged, start, end, documentedResult[result])}${ignored === true ? ', ignored = true' : ''}`;
}

/** The original heard nothing of a step that was skipped, so that it looks like one that has not ended. */
const originalResult = { ...documentedResult, skipped: '' } satisfies Record<StepResult, string>;

/**
 * The original's line: local times with the letter of UTC, a blank at its end, and for a failure the reason, on a line
 * of its own.
 */
export function originalLine(logged: LoggedStep): string {
  const { start, end, result, message } = logged.step;
  const text = line(logged, localTime(start), result === 'skipped' ? '' : localTime(end), originalResult[result]);
  return result === 'failed' ? `${text} \n\tmessage: ${message ?? 'no error msg out'}\n\t` : `${text} `;
}

/** @returns RFC 3339 in UTC as the clock on the wall shows it, with a `Z` all the same. */
function localTime(time: string): string {
  const date = new Date(time);
  if (time === '' || Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
}
