import { messageOf } from '../../../kube/thrown.ts';
import { SecretContentError } from '../run/credentials.ts';
import { ContentError, ContentPathError, InvalidRunError } from '../executors/errors.ts';
import type { Cause, FinishedRun, HostResult, LostRun, RunResults } from '../executors/executor.ts';
import type { PodHost, PodResult } from '../executors/job/contract.ts';
import { plainLine } from '../executors/plain-text.ts';
import { AnsibleMissingError } from '../runner/environment.ts';
import { RunFileError } from './run-file.ts';

/** For a run that has no exit code of its own. */
const noExitCode = 254;

/** How a run ended, as the pod tells it. `causeOfStop`: set when the pod itself stopped the run. */
export function endedResult(
  run: FinishedRun | LostRun,
  results: RunResults,
  {
    stopped,
    causeOfStop,
    now,
  }: { readonly stopped: boolean; readonly causeOfStop: Cause | undefined; readonly now: Date },
): PodResult {
  const { hosts, ...course } = podResults(results);
  if (run.state === 'finished') {
    const { outcome, exitCode, startedAt, finishedAt } = run;
    const message = run.message ?? results.message;
    // Of a run that came to its end before the stop reached it, the stop is not the cause.
    const cause = outcome === 'canceled' ? causeOfStop : undefined;
    return {
      version: 1,
      outcome,
      exitCode: Math.abs(exitCode) > 255 ? noExitCode : exitCode,
      startedAt: startedAt.getTime(),
      finishedAt: finishedAt.getTime(),
      ...(message === undefined ? {} : { message }),
      ...(cause === undefined ? {} : { cause }),
      ...course,
      hosts,
    };
  }
  const lost = { reason: 'RunLost', message: `the run ended without a result, and is not repeated: ${run.message}` };
  const cause = stopped ? causeOfStop : lost;
  return {
    version: 1,
    outcome: stopped ? 'canceled' : 'error',
    exitCode: noExitCode,
    startedAt: run.startedAt.getTime(),
    finishedAt: now.getTime(),
    message: run.message,
    ...(cause === undefined ? {} : { cause }),
    hosts,
  };
}

/** A run that never began, or that nothing more is known of. */
export function shortResult(
  outcome: 'canceled' | 'error',
  detail: {
    readonly startedAt: Date;
    readonly now: Date;
    readonly hosts: readonly HostResult[];
    readonly message?: string;
    readonly cause?: Cause;
  },
): PodResult {
  const { startedAt, now, hosts, message, cause } = detail;
  return {
    version: 1,
    outcome,
    exitCode: noExitCode,
    startedAt: startedAt.getTime(),
    finishedAt: now.getTime(),
    ...(message === undefined ? {} : { message }),
    ...(cause === undefined ? {} : { cause }),
    hosts: hosts.map(podHost),
  };
}

/** Hosts that no task reached. */
export function untouchedHosts(names: readonly string[]): readonly HostResult[] {
  return names.map((name) => ({
    name,
    result: 'notRun',
    counts: { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0 },
  }));
}

/** Hosts that a run may have worked on, when it cannot be asked any more. */
export function unknownHosts(names: readonly string[]): readonly HostResult[] {
  const message = 'The run did not end when it was stopped; what it did here is not known.';
  return names.map((name) => ({
    name,
    result: 'failed',
    counts: { ok: 0, changed: 0, failed: 1, skipped: 0, unreachable: 0 },
    message,
  }));
}

function podResults({
  hosts,
  elsewhere,
  uncounted,
  unmatched,
}: RunResults): Pick<PodResult, 'hosts' | 'unfinished' | 'elsewhere' | 'uncounted' | 'unmatched'> {
  const unfinished = hosts.flatMap((host, place) => (host.unfinished === true ? [place] : []));
  return {
    hosts: hosts.map(podHost),
    ...(unfinished.length === 0 ? {} : { unfinished }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(uncounted === undefined ? {} : { uncounted }),
    ...(unmatched === undefined ? {} : { unmatched }),
  };
}

function podHost({ result, counts, message }: HostResult): PodHost {
  const { ok, changed, failed, skipped, unreachable } = counts;
  return message === undefined
    ? [result, ok, changed, failed, skipped, unreachable]
    : [result, ok, changed, failed, skipped, unreachable, message];
}

/** Reason for what nobody foresaw. */
export const unexpected = 'RunnerError';

/**
 * Reason and how the message begins, by kind of error. Reasons are those that the controller gives where it finds the
 * same.
 */
const causes = [
  [ContentError, 'ContentInvalid', ''],
  [InvalidRunError, 'SpecInvalid', ''],
  [SecretContentError, 'SecretInvalid', 'spec.credentialsSecretRef: the Secret as it is in the pod: '],
  [RunFileError, 'RunFileInvalid', ''],
  [ContentPathError, 'ContentPathInvalid', ''],
  [
    AnsibleMissingError,
    'AnsibleMissing',
    'the image has no Ansible for Fleetwright; use the runner image, or one that was made from it: ',
  ],
  [Error, unexpected, 'the program in the pod could not work: '],
] as const;

/** What kept a run from beginning, or from being watched. */
export function causeOfError(error: unknown): Cause {
  const [, reason, prefix] = causes.find(([kind]) => error instanceof kind) ?? [undefined, unexpected, ''];
  return { reason, message: plainLine(`${prefix}${messageOf(error)}`) };
}
