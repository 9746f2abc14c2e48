import { InvalidRunError } from './errors.ts';
import type { RunSpec } from './executor.ts';

// Nothing that Ansible's inventory reader would expand (ranges, ports, patterns, templates) or ssh would take for an option.
const hostName = /^(?!.*\.\.)[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?$/;
const addressV6 = /^(?=.*:.*:)[0-9A-Fa-f:.]{2,45}$/;
/** Ansible's own groups: as names of hosts they would mean every host. */
const groupNames = new Set(['all', 'ungrouped']);
const userName = /^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}\$?$/;
const becomeMethod = /^[a-z][a-z0-9_.]{0,63}$/;
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const interpreterPath = /^\/[\w./+-]{1,255}$/;

/** Connection settings a variable may carry. Others choose programs that run on the machine of the controller. */
const allowedConnectionVariables = new Set(['ansible_port', 'ansible_python_interpreter']);

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
        `become.method: ${show(run.become.method)} is not the name of an Ansible become plugin. Use "sudo", for example.`,
      );
    }
  }
  checkVariables(run.variables);
  checkWhole('forks', run.forks, 1000);
  checkWhole('timeoutSeconds', run.timeoutSeconds, 604_800);
  if (run.sshPrivateKey?.includes('PRIVATE KEY-----') === false) {
    throw new InvalidRunError(
      'sshPrivateKey',
      'sshPrivateKey: this is not a private key in PEM or OpenSSH format. Put the whole file, with its BEGIN and END lines, into the Secret.',
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
        `hosts: ${show(host)} is not a host name or an IP address. Give a name such as "web-1.example.com" or an address, without a port.`,
      );
    }
    if (seen.has(host)) {
      throw new InvalidRunError('hosts', `hosts: ${show(host)} is listed twice. List each host once.`);
    }
    seen.add(host);
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
    if (!variableName.test(name)) {
      throw new InvalidRunError(
        'variables',
        `variables: ${show(name)} cannot be the name of a variable. Use letters, digits and "_", not beginning with a digit.`,
      );
    }
    if (name.startsWith('ansible_') && !allowedConnectionVariables.has(name)) {
      throw new InvalidRunError(
        'variables',
        `variables: ${show(name)} is a setting of Ansible's connection, which variables must not change. Set it in the content, or use the task's own fields.`,
      );
    }
    if (name === 'ansible_python_interpreter' && (typeof value !== 'string' || !interpreterPath.test(value))) {
      throw new InvalidRunError('variables', `variables: ${name} must be an absolute path such as "/usr/bin/python3".`);
    }
    if (name === 'ansible_port' && !(Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536)) {
      throw new InvalidRunError('variables', `variables: ${name} must be a port number from 1 to 65535.`);
    }
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
