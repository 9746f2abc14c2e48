import type { AgentTaskHost, AgentTaskRollout } from '../../../crds/types/agenttask.ts';
import { batchReasons } from './reasons.ts';
import { didWell, type Judgement } from './judgement.ts';

/** The hosts on which it did not go well, of those that nobody has set aside. */
export function badHosts({ batch, hosts }: Pick<Judgement, 'batch' | 'hosts'>): readonly AgentTaskHost[] {
  const aside = new Set(batch.skipped);
  return hosts.filter((host) => !didWell(host) && !aside.has(host.name));
}

/** Whether a batch that has come to its end holds up the next one. */
export function holdsUp(judgement: Judgement, { failureLimit }: AgentTaskRollout = {}): boolean {
  const { good, settled, batch, hosts } = judgement;
  if (good || !settled) return false;
  const left = badHosts(judgement);
  // Every host is well or set aside: what went wrong did so on none of them, unless somebody has set some aside.
  if (left.length === 0) return (batch.skipped ?? []).length === 0;
  if (failureLimit === undefined || !ranToItsEnd.has(batch.reason ?? '')) return true;
  const away = left.filter(({ result }) => result === 'unreachable').length;
  return (
    left.length - away > hostsIn(failureLimit.failed, hosts.length) ||
    away > hostsIn(failureLimit.unreachable, hosts.length)
  );
}

/** Of a run that was cut off nobody knows how many hosts would have failed. */
const ranToItsEnd: ReadonlySet<string> = new Set(['HostsFailed', batchReasons.hostsNotRun]);

/** @param limit a number, or a percentage of all hosts of the batch, rounded down */
function hostsIn(limit: number | string = 0, total: number): number {
  return typeof limit === 'number' ? limit : Math.floor((total * Number(limit.replace('%', ''))) / 100);
}
