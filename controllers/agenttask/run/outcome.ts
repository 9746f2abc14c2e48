import type { AgentTaskHost, AgentTaskPhase, AgentTaskSummary } from '../../../crds/types/agenttask.ts';
import { truncate } from '../../../kube/conditions.ts';
import type { FinishedRun, HostResult, LostRun, RunResults } from '../executors/executor.ts';

/** Content and status share one object, which etcd limits: with many hosts, each can say less (characters). */
const manyHosts = 200;
const longMessage = 256;
const shortMessage = 120;

/** How long (characters) the message of one host may be in a status with so many of them. */
export function messageLimit(hosts: number): number {
  return hosts > manyHosts ? shortMessage : longMessage;
}

/** How a task ended, in the words of its status. */
export interface Ending {
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

/** The verdict, from the runner's own record and the results per host; a lost log or a dead controller changes nothing. */
export function endingOf(run: FinishedRun | LostRun, results: RunResults, circumstances: Circumstances): Ending {
  const hosts = results.hosts.map((host) => hostStatus(host, messageLimit(results.hosts.length)));
  const said = (text: string): string =>
    [text, run.message ?? results.message].filter((part) => part !== undefined && part !== '').join(': ');
  const failed = (reason: string, message: string): Ending => ({ phase: 'Failed', reason, message, hosts });
  if (run.state === 'lost') return failed('RunLost', said('the run ended without a result, and is not repeated'));
  if (run.cause !== undefined && !(run.outcome === 'canceled' && circumstances.stopRequested))
    return { phase: anyGood(hosts) ? 'PartlySucceeded' : 'Failed', ...run.cause, hosts };
  switch (run.outcome) {
    case 'successful':
      // Ansible is content with a pattern that matches nobody; whoever named hosts is not.
      if (hosts.every(({ result }) => result === 'notRun'))
        return failed('NothingRan', said('no play of the content selects any of the hosts; use "hosts: all"'));
      return { phase: 'Succeeded', reason: 'Succeeded', message: summaryText(summarize(hosts)), hosts };
    case 'timeout':
      return failed('TimedOut', said('the run took longer than timeoutSeconds and was stopped'));
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
      if (circumstances.overdue) return failed('TimedOut', 'the run took longer than timeoutSeconds and was stopped');
      return failed('Canceled', said('the run was interrupted from outside'));
    case 'error':
      return failed('RunnerError', said('ansible-runner could not work'));
    case 'failed':
      return failedEnding(hosts, said);
  }
}

function failedEnding(hosts: readonly AgentTaskHost[], said: (text: string) => string): Ending {
  const summary = summarize(hosts);
  const bad = summary.failed + summary.unreachable;
  if (bad === 0)
    return { phase: 'Failed', reason: 'ContentFailed', message: said('Ansible refused the content'), hosts };
  const names = hosts.filter(({ result }) => result === 'failed' || result === 'unreachable').map(({ name }) => name);
  const shown = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  const message = `${summaryText(summary)}; see status.hosts for ${shown}`;
  return anyGood(hosts)
    ? { phase: 'PartlySucceeded', reason: 'HostsFailed', message, hosts }
    : { phase: 'Failed', reason: 'HostsFailed', message, hosts };
}

function anyGood(hosts: readonly AgentTaskHost[]): boolean {
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

function hostStatus({ name, result, counts, message }: HostResult, limit: number): AgentTaskHost {
  const host = { name, result, counts };
  return message === undefined ? host : { ...host, message: truncate(message, limit) };
}
