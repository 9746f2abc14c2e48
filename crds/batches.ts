import { canonicalHost, isHost } from './hosts.ts';
import type { DeployGroupSpec } from './types/deploygroup.ts';

/** The hosts of each batch in their order, or why there are none: with the place of what is wrong. */
export type Resolved =
  | { readonly batches: readonly (readonly string[])[]; readonly problem?: undefined }
  | { readonly batches?: undefined; readonly problem: string };

/** Hosts of one group: an AgentTask has as many. */
const mostHosts = 1000;

/** A host, and where it is named: below `spec`, for people. */
interface NamedHost {
  readonly host: string;
  readonly place: string;
}

/**
 * Puts the hosts of a group into batches: every host is in exactly one.
 * @param found the hosts of a group that leaves others to name them (nodes.selector, nodes.inventory)
 */
export function batchesOf(
  { type, list = [], nodes, percent = [] }: DeployGroupSpec,
  found?: readonly NamedHost[],
): Resolved {
  if (type === 'List') {
    const problem = problemOf(
      list.flatMap(({ hosts }, batch) =>
        hosts.map((host, index) => ({ host, place: `list[${batch}].hosts[${index}]` })),
      ),
    );
    return problem === undefined ? { batches: list.map(({ hosts }) => hosts) } : { problem };
  }
  const named = found ?? (nodes?.names ?? []).map((host, index) => ({ host, place: `nodes.names[${index}]` }));
  const problem = problemOf(named) ?? sizeProblem(percent);
  const names = named.map(({ host }) => host);
  return problem === undefined ? { batches: inSizes(names, sizesOf(percent, names.length)) } : { problem };
}

/**
 * The sizes of the batches of so many hosts, which they add up to: the last token counts for all further batches, a
 * percentage is one of all hosts, rounded down, and at least one host.
 * @param tokens each one that `isSize` takes, one at least
 */
export function sizesOf(tokens: readonly string[], total: number): readonly number[] {
  const sizes: number[] = [];
  let left = total;
  while (left > 0) {
    const token = tokens[Math.min(sizes.length, tokens.length - 1)] ?? '1';
    const size = Math.min(left, sizeOf(token, total));
    sizes.push(size);
    left -= size;
  }
  return sizes;
}

/** @returns whether the text is the size of a batch, as a number of hosts or a percentage; no host at all is none */
export function isSize(token: string): boolean {
  return /^([0-9]{1,4}|[0-9]{1,3}([.][0-9]{1,4})?%)$/.test(token) && /[1-9]/.test(token);
}

/** Ten thousandths of a percent: so that 0.7 % of 1000 hosts are seven. */
const parts = 10_000;

function sizeOf(token: string, total: number): number {
  const size = token.endsWith('%')
    ? Math.floor((total * Math.round(Number(token.slice(0, -1)) * parts)) / (100 * parts))
    : Number(token);
  return Math.max(1, size);
}

function inSizes(hosts: readonly string[], sizes: readonly number[]): readonly (readonly string[])[] {
  let from = 0;
  return sizes.map((size) => {
    from += size;
    return hosts.slice(from - size, from);
  });
}

function sizeProblem(tokens: readonly string[]): string | undefined {
  const at = tokens.findIndex((token) => !isSize(token));
  return at === -1
    ? undefined
    : `percent[${at}]: ${JSON.stringify(tokens[at])} is not the size of a batch: ` +
        'use a whole number of hosts from 1, or a percentage such as 10%';
}

function problemOf(named: readonly NamedHost[]): string | undefined {
  const places = new Map<string, string>();
  for (const { host, place } of named) {
    if (!isHost(host)) return `${place}: ${JSON.stringify(host)} is not a host name or an IP address`;
    const machine = canonicalHost(host);
    const before = places.get(machine);
    if (before !== undefined) return `${place}: ${host} is named before, in ${before}: name each host once`;
    places.set(machine, place);
  }
  if (named.length === 0) return 'there is no host: name one at least';
  return named.length > mostHosts
    ? `there are ${named.length} hosts, more than ${mostHosts}: make several groups`
    : undefined;
}
