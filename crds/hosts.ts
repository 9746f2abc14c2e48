import { isIP, isIPv6 } from 'node:net';

const hostName = /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?([.][A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/;
/** Ansible's own groups: as names of hosts they would mean every host. */
const groupNames: ReadonlySet<string> = new Set(['all', 'ungrouped']);

/**
 * The rule of AgentTask's `hosts` for kinds whose schema has no room for it.
 * @returns whether the text may name a machine: a host name, a whole IPv4 address or an IPv6 address
 */
export function isHost(text: string): boolean {
  if (text.length > 253 || groupNames.has(text)) return false;
  // Resolvers read 10.1 or 010.0.0.1 as addresses that nobody meant.
  return text.includes(':') || /^[0-9.]+$/.test(text) ? isIP(text) !== 0 && !text.includes('%') : hostName.test(text);
}

/**
 * Two spellings of one name are one host: upper and lower case, a dot at the end, the ways to write an IPv6 address.
 */
export function canonicalHost(host: string): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (!isIPv6(name) || name.includes('%')) return name;
  const address = new URL(`http://[${name}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  // An IPv4 address in IPv6 clothes.
  return [high, low].flatMap((part) => [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255]).join('.');
}
