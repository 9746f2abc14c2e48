import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import pretty from 'pino-pretty';

import { compileCacheFolder } from '../harness/environment.ts';

const checkout = join(import.meta.dirname, '..', '..');

export interface Program {
  readonly name: string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  /** SIGTERM, and SIGKILL when that does not help. */
  stop(): Promise<void>;
}

/**
 * Starts one of our programs with readable logs on standard output. It gets a process group of its own: Ctrl-C reaches
 * only the caller, who stops the programs in an order in which each can still reach what it needs.
 */
export function startProgram(
  name: string,
  file: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
): Program {
  const child = spawn(process.execPath, ['--max-semi-space-size=4', join(checkout, file), ...flags], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    // Types are stripped and code is compiled once, not at each start.
    env: { NODE_COMPILE_CACHE: compileCacheFolder, ...process.env, ...env },
  });
  child.stdout.pipe(
    pretty({
      colorize: process.stdout.isTTY,
      translateTime: 'SYS:HH:MM:ss',
      ignore: 'pid,hostname,reqId,reconcileID',
      messageFormat: '{msg}',
      singleLine: true,
    }),
  );
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 0 : 1)));
    child.once('error', () => resolve(1));
  });
  return { name, ended, stop: () => stop(child, ended) };
}

/** Runs one of our programs to its end, which must be a good one; what it prints is shown when it is not. */
export async function runProgram(
  file: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  await promisify(execFile)(process.execPath, [join(checkout, file), ...flags], { env: { ...process.env, ...env } });
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
