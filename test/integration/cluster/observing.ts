import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ObservedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes whose command line mentions the text. */
export async function processesMentioning(text: string): Promise<readonly ObservedProcess[]> {
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pid=,ppid=,stat=,args='], { maxBuffer: 2 ** 26 });
  return stdout
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .filter(([, , , state]) => state?.startsWith('Z') === false)
    .map(([, pid, parent, , command]) => ({ pid: Number(pid), parent: Number(parent), command: command ?? '' }))
    .filter((process) => process.command.includes(text));
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** What is left of a control plane: the programs that work in its folder, and the folder. */
export async function remains(
  folder: string,
): Promise<{ readonly processes: readonly string[]; readonly folder: boolean }> {
  const processes = await processesMentioning(folder);
  return { processes: processes.map((process) => process.command), folder: await exists(folder) };
}

export const nothing = { processes: [], folder: false };
