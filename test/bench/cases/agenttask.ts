import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findAnsibleRunner } from '../../../controllers/agenttask/runner/environment.ts';
import { agentTasks, type AgentTask } from '../../../crds/types/agenttask.ts';
import { KubeClient, type Client } from '../../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../../kube/credentials.ts';
import { Transport } from '../../../kube/transport.ts';
import type { Log } from '../../cluster/binaries/progress.ts';
import { startControlPlane } from '../../cluster/control-plane.ts';
import { installCrds } from '../../cluster/crds.ts';
import { mustKubectl } from '../../cluster/kubectl.ts';
import { Child } from '../child.ts';
import { BenchError } from '../errors.ts';
import { nodeEnvironment, nodeFlags } from '../managers.ts';

/** Milliseconds of each run, in the order of the rounds. */
export interface Overhead {
  /** ansible-runner, from the start of its process to its end. */
  readonly bare: readonly number[];
  /** AgentTask, from the create call to the phase Succeeded as a watch shows it. */
  readonly task: readonly number[];
}

const namespace = 'fleetwright-system';

/** Pairs of runs in each round. */
const pairs = 3;

/** Facts and a few commands: the shortest run that still does what runs do. */
const playbook = `- name: Look at the machine
  hosts: all
  connection: local
  gather_facts: true
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
${['uname -srm', 'uptime', 'df -P /'].map(taskOf).join('')}`;

function taskOf(command: string): string {
  return `    - name: Run ${command}\n      ansible.builtin.command: ${command}\n      changed_when: false\n`;
}

/** Runs the same playbook on this machine by bare ansible-runner and as an AgentTask, in turns. */
export async function measureOverhead(rounds: number, log: Log): Promise<Overhead> {
  const runner = await findAnsibleRunner();
  const plane = await startControlPlane({ components: { scheduler: false, kwok: false }, log });
  const folder = await mkdtemp(join(tmpdir(), 'fleetwright-bench-'));
  const transport = new Transport(new Credentials(() => loadKubeConfig(plane.kubeconfigPath)));
  try {
    await installCrds(plane.kubeconfigPath, undefined, { kubectlPath: plane.kubectlPath });
    await mustKubectl(plane, ['create', 'namespace', namespace]);
    const controllers = new Child({
      name: 'the controllers process',
      command: process.execPath,
      args: [
        ...nodeFlags,
        join(import.meta.dirname, '..', '..', '..', 'controllers', 'main.ts'),
        '--state-folder',
        join(folder, 'runs'),
        '--health-port',
        '0',
      ],
      env: { KUBECONFIG: plane.kubeconfigPath, FLEETWRIGHT_NAMESPACE: namespace, ...nodeEnvironment() },
      logFile: join(plane.folder, 'controllers.log'),
    });
    try {
      const client = new KubeClient(transport, { fieldManager: 'bench-driver' });
      return await inPairs(
        rounds * pairs,
        log,
        (run) => bareRun(runner, join(folder, `bare-${run}`)),
        (run) => controllers.during(taskRun(client, `overhead-${run}`)),
      );
    } finally {
      await controllers.stop();
    }
  } finally {
    await transport.close();
    await plane.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function inPairs(
  count: number,
  log: Log,
  bareOnce: (run: number) => Promise<number>,
  taskOnce: (run: number) => Promise<number>,
): Promise<Overhead> {
  // Python compiles Ansible at its first run, and the controllers have to become the leader.
  log('agenttask: one run of each that is not measured');
  await bareOnce(count);
  await taskOnce(count);
  const bare: number[] = [];
  const task: number[] = [];
  for (let run = 0; run < count; run += 1) {
    log(`agenttask: pair ${run + 1} of ${count}`);
    if (run % 2 === 0) bare.push(await bareOnce(run));
    task.push(await taskOnce(run));
    if (run % 2 === 1) bare.push(await bareOnce(run));
  }
  return { bare, task };
}

async function bareRun(runner: string, folder: string): Promise<number> {
  await mkdir(join(folder, 'project'), { recursive: true });
  await mkdir(join(folder, 'inventory'));
  await writeFile(join(folder, 'project', 'playbook.yml'), playbook);
  await writeFile(join(folder, 'inventory', 'hosts'), 'localhost\n');
  const startedAt = performance.now();
  const env = {
    PATH: `${join(runner, '..')}:${process.env['PATH']}`,
    HOME: folder,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
  };
  const child = spawn(runner, ['run', folder, '-p', 'playbook.yml', '--quiet'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const took = performance.now() - startedAt;
  if (code !== 0)
    throw new BenchError('DRIVER_FAILED', `bare ansible-runner ended with exit code ${code}: ${errors.trim()}`);
  return took;
}

async function taskRun(client: Client, name: string): Promise<number> {
  const sentAt = performance.now();
  const created = await client.create(agentTasks, {
    apiVersion: 'fleetwright.io/v1alpha1',
    kind: 'AgentTask',
    metadata: { namespace: 'default', name },
    spec: { hosts: ['localhost'], content: playbook },
  });
  const stop = new AbortController();
  let took: number | undefined;
  const onEvent = ({ object }: { readonly object: AgentTask }): void => {
    const { status } = object;
    if (status?.phase === undefined || status.phase === 'Pending' || status.phase === 'Running') return;
    if (status.phase !== 'Succeeded')
      throw new BenchError(
        'DRIVER_FAILED',
        `the AgentTask ${name} ended as ${status.phase}: ${JSON.stringify(status.conditions)}`,
      );
    took = performance.now() - sentAt;
    stop.abort();
  };
  const options = {
    namespace: 'default',
    fieldSelector: `metadata.name=${name}`,
    resourceVersion: created.metadata.resourceVersion ?? '',
    timeoutSeconds: 300,
    signal: stop.signal,
  };
  await client.watch(agentTasks, options, onEvent).catch((error: unknown) => {
    if (took === undefined) throw error;
  });
  if (took === undefined) throw new BenchError('DRIVER_FAILED', `the AgentTask ${name} did not end within 5 minutes`);
  return took;
}
