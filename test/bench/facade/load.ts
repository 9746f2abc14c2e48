import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { BenchError } from '../errors.ts';
import type { LoadJob, LoadResult } from './load-job.ts';

const generator = join(import.meta.dirname, 'load-generator.ts');

/** Runs the load generator. @throws BenchError when any answer was no success */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  const child = spawn(process.execPath, [generator], { stdio: 'pipe' });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  // When it ends before it has read everything, what it says on stderr is the reason and not the broken pipe.
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(job));
  const [code, output, problem] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new BenchError('DRIVER_FAILED', `the load on ${job.origin} failed: ${problem.trim()}`);
  return JSON.parse(output) as LoadResult;
}
