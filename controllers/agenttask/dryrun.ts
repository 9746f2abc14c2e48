import type { AgentTask } from '../../crds/types/agenttask.ts';
import { parse } from 'yaml';
import type { Settings } from './settings.ts';

const shown = 20;

/** What a run would do, step by step, for people. */
export function describe(settings: Settings, task: AgentTask): readonly string[] {
  const { hosts, user, become, forks, timeoutSeconds, hostKeyChecking, variables } = settings;
  const secret = task.spec.credentialsSecretRef?.name;
  const names = Object.keys(variables).toSorted();
  const as = become === undefined ? '' : `, becoming ${become.user} by ${become.method}`;
  return [
    task.spec.shared === true ? 'claim no host (shared)' : `claim ${list(hosts)}`,
    `log in as ${user}${as}${secret === undefined ? '' : `, with the key of Secret ${secret}`}, host keys ${hostKeyChecking ? 'checked' : 'not checked'}`,
    ...(names.length === 0 ? [] : [`set the variables ${list(names)}`]),
    ...outline(settings.content).slice(0, shown),
    `on ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'}, ${forks} at a time, for at most ${timeoutSeconds} s`,
  ].map((step) => step.slice(0, 512));
}

function outline(content: string): readonly string[] {
  const entries: unknown = parse(content, { logLevel: 'silent', uniqueKeys: false, version: '1.1' });
  return Array.isArray(entries) ? entries.map((entry: unknown, index) => `run ${title(entry, index)}`) : [];
}

function title(entry: unknown, index: number): string {
  if (typeof entry !== 'object' || entry === null) return `entry ${index + 1}`;
  const kind = 'hosts' in entry ? 'play' : 'task';
  const name = 'name' in entry && typeof entry.name === 'string' ? entry.name : Object.keys(entry)[0];
  return `${kind} ${index + 1}: ${name}`;
}

function list(names: readonly string[]): string {
  return names.length > shown ? `${names.slice(0, shown).join(', ')} and ${names.length - shown} more` : names.join(', ');
}
