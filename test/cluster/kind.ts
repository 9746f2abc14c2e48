import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from './binaries/progress.ts';
import { ClusterError, hasErrno } from './errors.ts';

interface Outcome {
  readonly code: number;
  readonly output: string;
}

const insteadUse = 'A local control plane needs neither Docker nor kind: `node test/cluster/cli.ts up`.';

/**
 * Makes the kind cluster of that name, or takes the one that is there, and writes its kubeconfig to the file. Throws
 * ClusterError DOCKER_MISSING or KIND_MISSING, which say what to install or start, or KIND_FAILED.
 */
export async function kindUp(name: string, kubeconfigPath: string, env: NodeJS.ProcessEnv, log: Log): Promise<void> {
  await requireDockerAndKind(env);
  await mkdir(dirname(kubeconfigPath), { recursive: true });
  if (await clusterExists(name, env)) {
    await must(['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfigPath], env);
  } else {
    log(`making the kind cluster ${name}, about 2 minutes the first time`);
    await must(['create', 'cluster', '--name', name, '--kubeconfig', kubeconfigPath, '--wait', '120s'], env);
  }
}

/** Deletes the kind cluster of that name and the kubeconfig file. Fine when there is none. Throws as kindUp does. */
export async function kindDown(name: string, kubeconfigPath: string, env: NodeJS.ProcessEnv): Promise<void> {
  await requireDockerAndKind(env);
  await must(['delete', 'cluster', '--name', name, '--kubeconfig', kubeconfigPath], env);
  await rm(kubeconfigPath, { force: true });
}

/** Throws ClusterError DOCKER_MISSING or KIND_MISSING with what to do. */
export async function requireDockerAndKind(env: NodeJS.ProcessEnv): Promise<void> {
  const docker = await run('docker', ['version', '--format', '{{.Server.Version}}'], env);
  if (docker === undefined) {
    throw new ClusterError(
      'DOCKER_MISSING',
      'The command `docker` was not found. kind runs its nodes as containers: ' +
        `install Docker and start its engine. ${insteadUse}`,
    );
  }
  if (docker.code !== 0) {
    throw new ClusterError(
      'DOCKER_MISSING',
      'Docker is installed, but its engine does not answer: ' +
        `start it, or run this as a user who may reach it. ${insteadUse} Docker said: ${docker.output}`,
    );
  }
  if ((await run('kind', ['version'], env)) === undefined) {
    throw new ClusterError(
      'KIND_MISSING',
      'The command `kind` was not found. ' +
        `Install it with \`go install sigs.k8s.io/kind@latest\` and put Go's bin folder on PATH. ${insteadUse}`,
    );
  }
}

async function clusterExists(name: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  return (await must(['get', 'clusters'], env)).split('\n').includes(name);
}

async function must(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const outcome = await run('kind', args, env);
  if (outcome?.code !== 0) {
    throw new ClusterError('KIND_FAILED', `\`kind ${args.join(' ')}\` failed: ${outcome?.output ?? 'kind is gone'}`);
  }
  return outcome.output;
}

/** Undefined when there is no such command. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (text: string): void => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.once('error', (error) => (hasErrno(error, 'ENOENT') ? resolve(undefined) : reject(error)));
    child.once('close', (code) => resolve({ code: code ?? 1, output: output.trim() }));
  });
}
