import type { AgentTaskHost, AgentTaskPhase, AgentTaskSummary } from '../../../crds/types/agenttask.ts';
import type { FinishedRun, HostResult, LostRun, RunResults } from '../executors/executor.ts';
import { plainEnds } from '../executors/plain-text.ts';

/** How a task ended, in the words of its status. */
export interface TaskEnding {
  readonly phase: AgentTaskPhase;
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  readonly hosts: readonly AgentTaskHost[];
}

/** What the controller itself had asked of the run before it ended. */
export interface Circumstances {
  readonly stopRequested: boolean;
  /** Set when the run was stopped because it wrote more than this many bytes. */
  readonly outputLimit: number | undefined;
  /** The run went on well after timeoutSeconds, so that it had to be stopped from here. */
  readonly overdue: boolean;
}

const overdue = 'the run took longer than timeoutSeconds and was stopped';

/**
 * The verdict, from the runner's own record and the results per host; a lost log or a dead controller changes nothing.
 */
export function endingOf(run: FinishedRun | LostRun, results: RunResults, circumstances: Circumstances): TaskEnding {
  const hosts = results.hosts.map(hostStatus);
  const said = (text: string): string => saying(text, run.message ?? results.message);
  const failed = (reason: string, message: string): TaskEnding => ({ phase: 'Failed', reason, message, hosts });
  if (run.state === 'lost') return failed('RunLost', said('the run ended without a result, and is not repeated'));
  if (run.cause !== undefined && !(run.outcome === 'canceled' && circumstances.stopRequested))
    return { phase: anyGood(hosts) ? 'PartlySucceeded' : 'Failed', ...run.cause, hosts };
  switch (run.outcome) {
    case 'successful':
    case 'failed':
      return judged(run, results, hosts);
    case 'timeout':
      return failed('TimedOut', overdue);
    case 'canceled':
      if (circumstances.outputLimit !== undefined)
        return failed(
          'OutputTooLarge',
          `the run wrote more than ${circumstances.outputLimit} bytes and was stopped; let it print less`,
        );
      if (circumstances.stopRequested)
        return {
          phase: 'Stopped',
          reason: 'Stopped',
          message: `stopped on request; ${summaryText(summarize(hosts))}`,
          hosts,
        };
      if (circumstances.overdue) return failed('TimedOut', overdue);
      return failed('Canceled', 'the run was interrupted from outside');
    case 'error':
      return failed('RunnerError', said('ansible-runner could not work'));
  }
}

/**
 * Of a run that came to its own end. Neither the exit code alone nor the counts alone are a verdict: hosts can fail
 * with exit code 0 (`meta: clear_host_errors`), and be left out without being counted (`serial`, `run_once`).
 */
function judged(run: FinishedRun, results: RunResults, hosts: readonly AgentTaskHost[]): TaskEnding {
  const summary = summaryText(summarize(hosts));
  const troubled = hosts.filter(({ result }) => result === 'failed' || result === 'unreachable');
  const unfinished = results.hosts.filter((host) => host.unfinished === true);
  const notGood = (reason: string, ...parts: readonly (string | undefined)[]): TaskEnding => ({
    phase: anyGood(hosts) ? 'PartlySucceeded' : 'Failed',
    reason,
    message: parts.filter((part) => part !== undefined && part !== '').join('; '),
    hosts,
  });
  if (run.outcome === 'failed' && results.uncounted === true) {
    const refused = saying('Ansible refused the content', run.message ?? results.message);
    const others = anyGood(hosts) || troubled.length > 0 ? `${summary}${pointer(troubled)}` : undefined;
    // Of several pods, others may have come to the end.
    const ended = anyGood(results.hosts.filter((host) => host.unfinished !== true));
    return { ...notGood('ContentFailed', refused, others), phase: ended ? 'PartlySucceeded' : 'Failed' };
  }
  if (troubled.length > 0 || results.elsewhere !== undefined)
    return notGood('HostsFailed', `${summary}${pointer(troubled)}`, results.elsewhere);
  if (unfinished.length > 0)
    return notGood('Incomplete', `${summary}; the content did not come to its end everywhere${pointer(unfinished)}`);
  if (run.outcome === 'failed')
    return notGood(
      'ContentFailed',
      saying(`Ansible ended with exit code ${run.exitCode}, although no host failed`, run.message ?? results.message),
    );
  if (results.unmatched === true)
    return notGood('NothingRan', 'no play of the content selects any of the hosts; use "hosts: all"');
  // What was not reached on purpose has a reason of its own.
  const idle = hosts.length > 0 && hosts.every(({ counts, result }) => result === 'notRun' && isNothing(counts));
  const message = idle ? `nothing was to be done; ${summary}` : summary;
  return { phase: 'Succeeded', reason: 'Succeeded', message, hosts };
}

function saying(text: string, more: string | undefined): string {
  return more === undefined || more === '' ? text : `${text}: ${more}`;
}

/** Where to read on, behind a summary. */
function pointer(hosts: readonly { readonly name: string }[]): string {
  if (hosts.length === 0) return '';
  const names = hosts.slice(0, 3).map(({ name }) => name);
  return `; see status.hosts for ${names.join(', ')}${hosts.length > 3 ? ` and ${hosts.length - 3} more` : ''}`;
}

function isNothing(counts: AgentTaskHost['counts']): boolean {
  return Object.values(counts ?? {}).every((count) => count === 0);
}

function anyGood(hosts: readonly Pick<AgentTaskHost, 'result'>[]): boolean {
  return hosts.some(({ result }) => result === 'ok' || result === 'changed' || result === 'skipped');
}

export function summarize(hosts: readonly Pick<AgentTaskHost, 'result'>[]): AgentTaskSummary {
  const count = (result: AgentTaskHost['result']): number => hosts.filter((host) => host.result === result).length;
  const [ok, changed, failed] = [count('ok'), count('changed'), count('failed')];
  return {
    total: hosts.length,
    ok,
    changed,
    failed,
    unreachable: count('unreachable'),
    skipped: count('skipped'),
    notRun: count('notRun'),
  };
}

/** `3 hosts: 2 ok, 1 failed` */
export function summaryText({ total, ...counts }: AgentTaskSummary): string {
  const parts = Object.entries(counts).flatMap(([result, count]) =>
    count === 0 ? [] : [`${count} ${result === 'notRun' ? 'not run' : result}`],
  );
  return `${total} ${total === 1 ? 'host' : 'hosts'}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
}

/** Every host of a task that never ran. */
export function untouched(hosts: readonly string[]): readonly AgentTaskHost[] {
  return hosts.map((name) => ({ name, result: 'notRun' as const }));
}

function hostStatus({ name, result, counts, message }: HostResult): AgentTaskHost {
  const host = { name, result, counts };
  return message === undefined ? host : { ...host, message: plainEnds(message) };
}
