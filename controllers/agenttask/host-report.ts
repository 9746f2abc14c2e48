import type { AgentTaskHost, AgentTaskHostResult } from '../../crds/types/agenttask.ts';
import { plainEnds } from './executors/plain-text.ts';

/** So many hosts of a task are each told of by themselves; of more, most are told of together. */
const fewHosts = 200;
/**
 * Bytes of all messages in one status. The object is carried by etcd, and by each watch, at every change: with a
 * thousand hosts of common names it stays below 100 KiB.
 */
export const allMessages = 40_000;
const allMessagesOfMany = 16_000;
/** Bytes below which a message says nothing: rather some hosts have none. */
const leastMessage = 40;

/** What a status tells of some hosts: `hostResults` (crds/host-results.ts) reads it. */
export interface HostReport {
  readonly hosts: readonly AgentTaskHost[];
  /** What became of those that are not named. */
  readonly otherHosts?: AgentTaskHostResult;
}

/**
 * Tells of hosts as briefly as their number demands. Nothing is lost by which anything is decided: results, and whether
 * a host may have been changed.
 * @param parts hosts that are told of apart, in their order: those of each batch, or all of them
 * @param total hosts of the task, those included of which nothing is known yet
 */
export function hostReports(parts: readonly (readonly AgentTaskHost[])[], total: number): readonly HostReport[] {
  const many = total > fewHosts;
  const brief = shortening(parts.flat(), many ? allMessagesOfMany : allMessages);
  return parts.map((hosts) => (many ? together(hosts.map(brief).map(withoutCounts)) : { hosts: hosts.map(brief) }));
}

/** @returns what makes messages so short that they have room, in the order of the hosts */
function shortening(hosts: readonly AgentTaskHost[], room: number): (host: AgentTaskHost) => AgentTaskHost {
  const saying = hosts.filter(({ message }) => message !== undefined).length;
  const share = Math.max(leastMessage, Math.floor(room / Math.max(1, saying)));
  let left = room;
  return (host) => {
    if (host.message === undefined) return host;
    const { message: whole, ...rest } = host;
    const message = within(whole, share);
    left -= Buffer.byteLength(message);
    return left < 0 ? rest : { ...rest, message };
  };
}

/** What was made short enough once stays as it is: a status that says the same is not written again. */
function within(text: string, bytes: number): string {
  let message = text;
  for (let size = Buffer.byteLength(text); size > bytes; size = Buffer.byteLength(message))
    message = plainEnds(message, Math.floor((message.length * bytes) / size) - 1);
  return message;
}

/** Counts say more than the result only where the connection went in the midst: the host may have been changed. */
function withoutCounts({ counts, ...host }: AgentTaskHost): AgentTaskHost {
  const { ok = 0, changed = 0, failed = 0 } = counts ?? {};
  const begun = host.result === 'unreachable' && ok + changed + failed > 0;
  return begun && counts !== undefined ? { ...host, counts } : host;
}

function together(hosts: readonly AgentTaskHost[]): HostReport {
  const plain = hosts.filter(({ message, counts }) => message === undefined && counts === undefined);
  const otherHosts = mostCommon(plain.map(({ result }) => result));
  if (otherHosts === undefined) return { hosts };
  const alike = new Set(plain.filter(({ result }) => result === otherHosts));
  return { hosts: hosts.filter((host) => !alike.has(host)), otherHosts };
}

function mostCommon(results: readonly AgentTaskHostResult[]): AgentTaskHostResult | undefined {
  const times = new Map<AgentTaskHostResult, number>();
  for (const result of results) times.set(result, (times.get(result) ?? 0) + 1);
  return [...times].toSorted(([, one], [, other]) => other - one)[0]?.[0];
}
