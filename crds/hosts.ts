import { isIP } from 'node:net';

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
