import { canonicalHost } from '../../../crds/hosts.ts';
import { variableProblem, type VariableProblem } from '../../../crds/variables.ts';
import { InvalidRunError } from './errors.ts';
import type { RunSpec } from './executor.ts';

// Nothing that Ansible's inventory reader would expand (ranges, ports, patterns, templates) or ssh would take for an
// option.
const hostName = /^(?!.*\.\.)[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?$/;
const addressV6 = /^(?=.*:.*:)[0-9A-Fa-f:.]{2,45}$/;
/** Ansible's own groups: as names of hosts they would mean every host. */
const groupNames = new Set(['all', 'ungrouped']);
const userName = /^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}\$?$/;
const becomeMethod = /^[a-z][a-z0-9_.]{0,63}$/;

/** What is wrong with a variable, after its name. */
const variableProblems = {
  NAME: 'cannot be the name of a variable. Use letters, digits and "_", not beginning with a digit.',
  SETTING:
    "is a setting of Ansible's connection, which variables must not change. " +
    "Set it in the content, or use the task's own fields.",
  INTERPRETER: 'must be an absolute path such as "/usr/bin/python3".',
  PORT: 'must be a port number from 1 to 65535.',
} satisfies Record<VariableProblem, string>;

/**
 * Checks every field but the content.
 * @throws InvalidRunError naming the field and the fix.
 */
export function checkRun(run: RunSpec): void {
  checkHosts(run.hosts);
  checkUser('user', run.user);
  if (run.become !== undefined) {
    checkUser('become.user', run.become.user);
    if (!becomeMethod.test(run.become.method)) {
      throw new InvalidRunError(
        'become.method',
        `become.method: ${show(run.become.method)} is not the name of an Ansible become plugin. ` +
          'Use "sudo", for example.',
      );
    }
  }
  checkVariables(run.variables);
  checkWhole('forks', run.forks, 1000);
  checkWhole('timeoutSeconds', run.timeoutSeconds, 604_800);
  if (run.sshPrivateKey?.includes('PRIVATE KEY-----') === false) {
    throw new InvalidRunError(
      'sshPrivateKey',
      'sshPrivateKey: this is not a private key in PEM or OpenSSH format. ' +
        'Put the whole file, with its BEGIN and END lines, into the Secret.',
    );
  }
}

function checkHosts(hosts: readonly string[]): void {
  if (hosts.length === 0) {
    throw new InvalidRunError('hosts', 'hosts: the list is empty. Name at least one host.');
  }
  const seen = new Set<string>();
  for (const host of hosts) {
    if ((!hostName.test(host) && !addressV6.test(host)) || groupNames.has(host)) {
      throw new InvalidRunError(
        'hosts',
        `hosts: ${show(host)} is not a host name or an IP address. ` +
          'Give a name such as "web-1.example.com" or an address, without a port.',
      );
    }
    const machine = canonicalHost(host);
    if (seen.has(machine)) {
      throw new InvalidRunError('hosts', `hosts: ${show(host)} is listed twice. List each host once.`);
    }
    seen.add(machine);
  }
}

function checkUser(field: string, user: string): void {
  if (!userName.test(user)) {
    throw new InvalidRunError(
      field,
      `${field}: ${show(user)} is not a user name. Use letters, digits, ".", "_", "@" and "-", at most 64.`,
    );
  }
}

function checkVariables(variables: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const problem = variableProblem(name, value);
    if (problem !== undefined)
      throw new InvalidRunError('variables', `variables: ${show(name)} ${variableProblems[problem]}`);
  }
}

function checkWhole(field: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new InvalidRunError(field, `${field}: ${value} must be a whole number from 1 to ${most}.`);
  }
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
