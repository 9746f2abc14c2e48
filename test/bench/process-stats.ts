import { readdir, readFile } from 'node:fs/promises';

import { BenchError } from './errors.ts';

/** Linux counts processor time in hundredths of a second for every program, whatever its clock is. */
const millisecondsPerTick = 10;

export interface MemoryUse {
  /** MiB resident now. */
  readonly resident: number;
  /** MiB resident at most since the process began. */
  readonly peak: number;
}

/**
 * @returns milliseconds of processor time (user and system) that the process has used.
 * @throws BenchError where there is no /proc.
 */
export async function cpuTime(pid: number): Promise<number> {
  const text = await read(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may hold spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * millisecondsPerTick;
}

/**
 * @returns milliseconds that the threads of the process have been ready to run while every processor did something
 * else.
 * @throws BenchError
 */
export async function waitTime(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const waits = await Promise.all(
    threads.map(async (thread) => Number((await read(`/proc/${pid}/task/${thread}/schedstat`)).split(' ')[1]) / 1e6),
  );
  return waits.reduce((sum, wait) => sum + wait, 0);
}

/** @throws BenchError where there is no /proc. */
export async function memoryUse(pid: number): Promise<MemoryUse> {
  const text = await read(`/proc/${pid}/status`);
  const mebibytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1024;
  return { resident: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new BenchError(
      'NOT_MEASURABLE',
      `${path} cannot be read: the benchmark needs Linux, and the process must still run.`,
      { cause: error },
    );
  }
}
