import { spawn } from 'node:child_process';

import { BenchError } from '../errors.ts';

export interface Kubectl {
  readonly kubectlPath: string;
  readonly kubeconfigPath: string;
  readonly cacheFolder: string;
}

/** Of one node. */
const mostTries = 5;

/**
 * Empties nodes and puts them back, so many at once: what people write around `kubectl drain`.
 * @throws BenchError with the words of kubectl, where a node cannot be emptied in five tries
 */
export async function drainByKubectl(nodes: readonly string[], parallel: number, kubectl: Kubectl): Promise<void> {
  const waiting = nodes.values();
  const worker = async (): Promise<void> => {
    for (const node of waiting) {
      await untilEmpty(node, kubectl);
      await run(kubectl, ['uncordon', node]);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
}

/** kubectl gives a node up when its time is over, and who stands by begins it again. */
async function untilEmpty(node: string, kubectl: Kubectl): Promise<void> {
  const drain = async (): Promise<void> => run(kubectl, ['drain', node, '--ignore-daemonsets', '--timeout=600s']);
  for (let tries = 1; tries < mostTries; tries += 1) {
    const done = await drain().then(
      () => true,
      () => false,
    );
    if (done) return;
  }
  await drain();
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
