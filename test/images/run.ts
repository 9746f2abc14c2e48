import { spawn } from 'node:child_process';
import { ClusterError } from '../cluster/errors.ts';

const kept = 4000;

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

/**
 * Runs a command to its end and returns what it wrote to standard output. Throws ClusterError IMAGE_FAILED with its
 * complaint.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input, ...rest } = options;
  const child = spawn(command, args, { ...rest, stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-kept)));
  // A command that ends before it has read everything says why itself.
  child.stdin.on('error', () => {});
  child.stdin.end(input ?? '');
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', (error) =>
      reject(
        new ClusterError('IMAGE_FAILED', `Cannot run ${command}: ${error.message}. Install it and try again.`, {
          cause: error,
        }),
      ),
    );
    child.once('close', (exitCode) => resolve(exitCode ?? 1));
  });
  if (code !== 0) {
    throw new ClusterError(
      'IMAGE_FAILED',
      `\`${[command, ...args].join(' ')}\` failed: ${complaint.trim() || output.slice(-kept).trim()}`,
    );
  }
  return output;
}
