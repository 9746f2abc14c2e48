import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ClusterError, messageOf } from '../errors.ts';
import { containerdSocket } from './node-files.ts';

const run = promisify(execFile);
const pollMs = 100;

/** Waits until a node's containerd answers. Throws ClusterError NOT_READY after `timeoutMs`. */
export async function containerdReady(nodeFolder: string, timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      await ctr(nodeFolder, ['plugins', 'list', '--quiet', 'id==cri']);
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw new ClusterError(
          'NOT_READY',
          `containerd was not ready within ${timeoutMs / 1000} s (${messageOf(error)}).`,
          { cause: error },
        );
      }
    }
    await delay(pollMs);
  }
}

/** Gives a node the images of a docker-archive file. Throws ClusterError IMAGE_FAILED. */
export async function importImage(nodeFolder: string, file: string): Promise<void> {
  try {
    await ctr(nodeFolder, ['images', 'import', file]);
  } catch (error) {
    throw new ClusterError('IMAGE_FAILED', `The image ${file} could not be imported: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function ctr(nodeFolder: string, args: readonly string[]): Promise<void> {
  await run('ctr', ['--address', containerdSocket(nodeFolder), '--namespace', 'k8s.io', ...args]);
}
