import type { HostResult, RunResults } from '../executor.ts';
import { MESSAGE_LIMIT, plainLine } from '../plain-text.ts';
import type { PodHost, PodResult } from './contract.ts';
import { lossText } from './facts.ts';
import type { Shard } from './sight.ts';

const none = { ok: 0, changed: 0, failed: 0, skipped: 0, unreachable: 0 };

/**
 * What became of each host, in the order of the run, from what its pods left.
 * @param hosts of the whole run, as the pods were told
 */
export function mergeResults(hosts: readonly string[], shardSize: number, shards: readonly Shard[]): RunResults {
  const results = shards.flatMap((shard) =>
    shardResults(hosts.slice(shard.index * shardSize, (shard.index + 1) * shardSize), shard),
  );
  const told = shards.map(({ pod }) => pod?.result);
  const message = told.map((result) => result?.message).find((text) => text !== undefined);
  const elsewhere = told.map((result) => result?.elsewhere).find((text) => text !== undefined);
  const uncounted = told.some((result) => result?.uncounted === true);
  const explained = !uncounted && results.some(({ result }) => result === 'failed' || result === 'unreachable');
  return {
    hosts: results,
    ...(message === undefined || explained ? {} : { message }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(uncounted ? { uncounted: true } : {}),
    ...(told.every((result) => result?.unmatched === true) ? { unmatched: true } : {}),
  };
}

function shardResults(hosts: readonly string[], { pod, vanished }: Shard): readonly HostResult[] {
  const told = pod?.result?.hosts;
  // One that tells of other hosts than it was given is not to be believed.
  if (told !== undefined && told.length === hosts.length)
    return hosts.map((name, place) => ({
      ...hostResult(name, told[place]),
      ...(pod?.result?.unfinished?.includes(place) === true ? { unfinished: true } : {}),
    }));
  // It could not even read who its hosts are.
  if (pod?.result?.outcome === 'error' && told?.length === 0)
    return hosts.map((name) => ({ name, result: 'notRun', counts: none }));
  if (pod?.begun === true)
    return hosts.map((name) =>
      lost(name, lossText(pod.pod, pod.trouble?.reason ?? howItEnded(pod.result, pod.exitCode))),
    );
  if (vanished) return hosts.map((name) => lost(name, 'its pod is gone; what it did here is not known'));
  return hosts.map((name) => ({ name, result: 'notRun', counts: none }));
}

function hostResult(name: string, host: PodHost | undefined): HostResult {
  const [result, ok, changed, failed, skipped, unreachable, message] = host ?? ['notRun', 0, 0, 0, 0, 0];
  return {
    name,
    result,
    counts: { ok, changed, failed, skipped, unreachable },
    ...(message === undefined ? {} : { message }),
  };
}

function lost(name: string, message: string): HostResult {
  return { name, result: 'failed', counts: { ...none, failed: 1 }, message: plainLine(message, MESSAGE_LIMIT) };
}

function howItEnded(result: PodResult | undefined, exitCode: number | undefined): string {
  if (result !== undefined) return 'its result does not fit its hosts';
  return exitCode === undefined ? 'killed' : `exit code ${exitCode}`;
}
