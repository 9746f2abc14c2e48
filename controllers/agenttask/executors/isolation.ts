import { join } from 'node:path';
import { contentEnvironment } from './content-path.ts';
import type { RunSpec } from './executor.ts';
import type { RunSettings } from './run-settings.ts';

/** Name of the variable by which every process of a run is found. */
export const MARKER_NAME = 'FLEETWRIGHT_RUN';

/** The variable with its value, as it stands in the environment of the run in `folder`. */
export function runMarker(folder: string): string {
  return `${MARKER_NAME}=${folder}`;
}

/** Programs that take the place of Ansible's own. */
const programs = join(import.meta.dirname, '..', 'runner', 'bin');

/** Seconds until an SSH connection that nobody answers counts as unreachable. */
const CONNECT_TIMEOUT_SECONDS = 10;

/** Our writer of events, which Ansible has to find before that of ansible-runner. */
const ownCallback = join(import.meta.dirname, '..', 'runner', 'callback');

/** Characters of one task result kept in an event; of a longer one the middle of its texts is cut (runner/callback). */
const RESULT_LIMIT = 65_536;

/**
 * The whole environment of ansible-runner and all below it. Nothing is inherited: settings of the controller's
 * surroundings must not change what a run does, and its secrets must not reach content.
 */
export function runnerEnvironment(run: RunSpec, folder: string, settings: RunSettings): Record<string, string> {
  return {
    // First what takes the terminal away from Ansible.
    PATH: `${programs}:${join(settings.ansibleRunner, '..')}:${settings.searchPath}`,
    HOME: join(folder, 'home'),
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    [MARKER_NAME]: folder,
    PYTHONNOUSERSITE: '1',
    MAX_EVENT_RES: String(RESULT_LIMIT),
    ANSIBLE_CALLBACK_PLUGINS: ownCallback,
    // An empty file: otherwise /etc/ansible/ansible.cfg would be read.
    ANSIBLE_CONFIG: join(folder, 'ansible.cfg'),
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_DEPRECATION_WARNINGS: 'False',
    // The only inventory is data; scripts and plug-ins that run programs stay off.
    ANSIBLE_INVENTORY_ENABLED: 'ansible.builtin.yaml',
    // Otherwise hosts behind a place that cannot be read would be missing, and the run would succeed without them.
    ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'True',
    ANSIBLE_PYTHON_INTERPRETER: 'auto_silent',
    // Pipelining leaves ssh without a terminal: what a stopped run was doing on a host would go on there, with nobody
    // left to stop it.
    ANSIBLE_PIPELINING: 'False',
    // A retry could run a module a second time when only its answer was lost.
    ANSIBLE_SSH_RETRIES: '0',
    ANSIBLE_TIMEOUT: String(CONNECT_TIMEOUT_SECONDS),
    ANSIBLE_REMOTE_USER: run.user,
    ANSIBLE_HOST_KEY_CHECKING: run.hostKeyChecking ? 'True' : 'False',
    // A relative control path, seen from project/: a socket's path is limited to about 100 bytes.
    ANSIBLE_SSH_ARGS:
      `-F ${shellQuoted(join(folder, 'ssh_config'))} ` +
      '-o ControlMaster=auto -o ControlPersist=60 -o ControlPath=../ssh/%C',
    ...contentEnvironment(settings.contentPath, settings.collectionsPath),
    ...(run.become === undefined
      ? {}
      : { ANSIBLE_BECOME: 'True', ANSIBLE_BECOME_USER: run.become.user, ANSIBLE_BECOME_METHOD: run.become.method }),
  };
}

/** Configuration for ssh that takes the place of the user's and the system's. `folder` is the run's folder. */
export function sshConfig(run: RunSpec, folder: string, knownHostsFile: string | undefined): string {
  const known = run.knownHosts === undefined ? knownHostsFile : join(folder, 'known_hosts');
  const lines = [
    'BatchMode yes',
    `ConnectTimeout ${CONNECT_TIMEOUT_SECONDS}`,
    'ServerAliveInterval 15',
    'ServerAliveCountMax 4',
    `StrictHostKeyChecking ${run.hostKeyChecking ? 'yes' : 'no'}`,
    `UserKnownHostsFile ${run.hostKeyChecking && known !== undefined ? sshQuoted(known) : '/dev/null'}`,
    'GlobalKnownHostsFile /dev/null',
    'UpdateHostKeys no',
    'IdentitiesOnly yes',
    'IdentityAgent none',
    `IdentityFile ${run.sshPrivateKey === undefined ? 'none' : sshQuoted(join(folder, 'ssh_key'))}`,
    'ForwardAgent no',
    'ForwardX11 no',
  ];
  return `${lines.join('\n')}\n`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}

/** In ssh's configuration a percent sign begins a token, a dollar sign with a brace a variable. */
function sshQuoted(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll('"', '\\"')}"`;
}
