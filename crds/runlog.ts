import { gunzipSync, gzipSync } from 'node:zlib';

/**
 * What one Ansible task did on one host, as a run's log tells it. `asyncFailed`: a task in the background failed. An
 * empty `end` and result `running`: not finished when the log was written.
 */
export interface RunStep {
  /** As the host is named in the task. */
  readonly host: string;
  /** Name of the Ansible task. */
  readonly name: string;
  /** Ansible module, for example `ansible.builtin.command`. */
  readonly action: string;
  /** RFC 3339, UTC, whole seconds. */
  readonly start: string;
  readonly end: string;
  readonly result: 'running' | 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable' | 'asyncFailed';
  /** A failure, or a host that could not be reached, that the content ignores. */
  readonly ignored?: boolean;
  /**
   * Why it failed, and what it left in the background: plain text, at most 1024 characters, without what no_log covers.
   */
  readonly message?: string;
}

/** Steps to a ConfigMap: with the longest messages, packed, far below the megabyte that one may hold. */
export const stepsPerPart = 2000;

/** Key under `binaryData`. */
export const runLogKey = 'steps.jsonl.gz';

/** Name of the ConfigMap with a part of a run's log; parts count from 0. */
export function runLogName(runId: string, part: number): string {
  return `run-log-${runId}-${part}`;
}

/** @returns the value for `binaryData`: gzip of one JSON text a line, in base64. The same steps give the same text. */
export function encodeRunLog(steps: readonly RunStep[]): string {
  return gzipSync(steps.map((step) => JSON.stringify(step)).join('\n'), { level: 6 }).toString('base64');
}

/** What could be read of a part of a run's log. */
export interface DecodedRunLog {
  readonly steps: readonly RunStep[];
  /** Lines that are no steps, or more than a part has room for. */
  readonly leftOut: number;
}

/**
 * What `encodeRunLog` was given. Whoever may write ConfigMaps can spoil them: only steps are taken, and of each only
 * what it may hold.
 * @throws what gunzip throws for anything that is not packed so, or for more than 16 MiB
 */
export function decodeRunLog(text: string): DecodedRunLog {
  const lines = gunzipSync(Buffer.from(text, 'base64'), { maxOutputLength: 16 * 1024 * 1024 }).toString('utf8');
  const all = lines === '' ? [] : lines.split('\n');
  const steps = all.slice(0, stepsPerPart).flatMap((line) => stepOf(line) ?? []);
  return { steps, leftOut: all.length - steps.length };
}

const results: ReadonlySet<unknown> = new Set([
  'running',
  'ok',
  'changed',
  'skipped',
  'failed',
  'unreachable',
  'asyncFailed',
] satisfies readonly RunStep['result'][]);

function stepOf(line: string): RunStep | undefined {
  let step: unknown;
  try {
    step = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof step !== 'object' || step === null) return undefined;
  const { host, name, action, start, end, result, ignored, message }: Readonly<Record<string, unknown>> = { ...step };
  const known =
    typeof host === 'string' &&
    typeof name === 'string' &&
    typeof action === 'string' &&
    typeof start === 'string' &&
    typeof end === 'string' &&
    results.has(result);
  if (!known) return undefined;
  return {
    host: host.slice(0, 253),
    name: name.slice(0, 1024),
    action: action.slice(0, 256),
    start,
    end,
    result: result as RunStep['result'],
    ...(ignored === true ? { ignored } : {}),
    ...(typeof message === 'string' && message !== '' ? { message: message.slice(0, 1024) } : {}),
  };
}
