import { join } from 'node:path';
import { parseContent, withoutByteOrderMark } from './content.ts';
import type { RunSpec } from './executor.ts';
import { runnerEnvironment, sshConfig } from './isolation.ts';
import type { RunPaths } from './run-folder.ts';
import { unsafeYaml } from './unsafe-yaml.ts';
import type { RunSettings } from './run-settings.ts';

/** What the supervisor reads. */
interface SupervisorPlan {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** Files that exist for the run only. */
  readonly secrets: readonly string[];
  readonly endedMark: string;
}

/**
 * All files of a run folder: path relative to the folder → text. `paths` are those of the folder's final name.
 * @throws ContentError when the content cannot be used.
 */
export function runFiles(run: RunSpec, paths: RunPaths, settings: RunSettings): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const { plays } = parseContent(run.content, run.variables);
  // Tasks stay in a file of their own, so that line numbers in messages are those of the content.
  files.set(`project/${plays ? 'playbook.yml' : 'tasks.yml'}`, withoutByteOrderMark(run.content));
  if (!plays) {
    files.set('project/playbook.yml', tasksPlay);
  }
  files.set('inventory/hosts.yml', inventory(run.hosts, settings));
  files.set('env/extravars', unsafeYaml(run.variables));
  // The runner looks at signals and the end of Ansible once in this many seconds.
  files.set('env/settings', JSON.stringify({ pexpect_timeout: 1 }));
  files.set('ansible.cfg', '');
  files.set('ssh_config', sshConfig(run, paths.folder, settings.knownHostsFile));
  if (run.knownHosts !== undefined) {
    files.set('known_hosts', withNewline(run.knownHosts));
  }
  if (run.sshPrivateKey !== undefined) {
    files.set('ssh_key', withNewline(run.sshPrivateKey));
  }
  files.set('hosts.json', JSON.stringify(run.hosts));
  files.set('plan.json', JSON.stringify(supervisorPlan(run, paths, settings)));
  return files;
}

const tasksPlay = `- name: Tasks
  hosts: all
  tasks:
    - name: Tasks of the content
      ansible.builtin.import_tasks: tasks.yml
`;

function supervisorPlan(run: RunSpec, paths: RunPaths, settings: RunSettings): SupervisorPlan {
  return {
    command: [
      settings.ansibleRunner,
      'run',
      paths.folder,
      '--playbook',
      'playbook.yml',
      '--ident',
      run.id,
      '--forks',
      String(run.forks),
      '--quiet',
    ],
    environment: runnerEnvironment(run, paths.folder, settings),
    timeoutSeconds: run.timeoutSeconds,
    secrets: ['ssh_key'],
    endedMark: paths.endedMark,
  };
}

/** JSON is YAML; names were checked to hold nothing that the inventory reader expands. */
function inventory(hosts: readonly string[], settings: RunSettings): string {
  // As Ansible's own convention for this name, which it drops once the name is listed.
  const local = {
    ansible_connection: 'local',
    ansible_python_interpreter: join(settings.ansibleRunner, '..', 'python3'),
  };
  const entries = hosts.map((host): [string, object] => [host, host === 'localhost' ? local : {}]);
  return JSON.stringify({ all: { hosts: Object.fromEntries(entries) } });
}

function withNewline(text: string): string {
  // ssh refuses a key without its last line end.
  return text.endsWith('\n') ? text : `${text}\n`;
}
