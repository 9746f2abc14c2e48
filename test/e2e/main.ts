/** `make e2e`: the end-to-end tests, after a look at whether this machine can run them. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { whatNodesLack } from '../cluster/nodes/available.ts';
import { checkoutFolder } from '../cluster/checkout.ts';
import { requireDockerAndKind } from '../cluster/kind.ts';
import { ClusterError } from '../cluster/errors.ts';
import { clusterKind, e2eHelp, E2eUsageError } from './options.ts';

async function check(): Promise<void> {
  if (clusterKind(process.env) === 'kind') {
    await requireDockerAndKind(process.env);
    return;
  }
  const lack = await whatNodesLack();
  if (lack !== undefined) {
    throw new ClusterError('NODES_UNAVAILABLE', lack);
  }
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(e2eHelp);
    return 0;
  }
  await check();
  const config = join(checkoutFolder, 'test/e2e/vitest.config.ts');
  const child = spawn('vitest', ['run', '--config', config, ...args], { stdio: 'inherit', cwd: checkoutFolder });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const expected = error instanceof ClusterError || error instanceof E2eUsageError;
  process.stderr.write(
    `e2e: ${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
}
