import { spawn } from 'node:child_process';

import { BenchError } from '../errors.ts';

export interface Kubectl {
  readonly kubectlPath: string;
  readonly kubeconfigPath: string;
  readonly cacheFolder: string;
}

/**
 * Empties nodes and puts them back, so many at once: what people write around `kubectl drain`.
 * @throws BenchError with the words of kubectl
 */
export async function drainByKubectl(nodes: readonly string[], parallel: number, kubectl: Kubectl): Promise<void> {
  const waiting = nodes.values();
  const worker = async (): Promise<void> => {
    for (const node of waiting) {
      await run(kubectl, ['drain', node, '--ignore-daemonsets', '--timeout=600s']);
      await run(kubectl, ['uncordon', node]);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

async function run({ kubectlPath, kubeconfigPath, cacheFolder }: Kubectl, args: readonly string[]): Promise<void> {
  const child = spawn(kubectlPath, [...args, `--cache-dir=${cacheFolder}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, KUBECONFIG: kubeconfigPath },
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    throw new BenchError('DRIVER_FAILED', `kubectl ${args.join(' ')} ended with exit code ${code}: ${errors.trim()}`);
}
