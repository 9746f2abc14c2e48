import { readFile, readdir } from 'node:fs/promises';
import { hasCode } from './errors.ts';

/** A process as /proc shows it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks from boot to its start: tells it from a later process with the same number. */
  readonly startTicks: number;
}

/** A process of one boot of the machine, recorded to be recognised later. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
}

/** Identifies the boot of the machine that this process belongs to. */
async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** The living process with this number; undefined when there is none or it is a zombie. */
export async function readProcess(pid: number): Promise<ProcessEntry | undefined> {
  const stat = await readProc(`/proc/${pid}/stat`);
  if (stat === undefined) {
    return undefined;
  }
  // The second field, the command's name in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, , session] = fields;
  if (state === 'Z' || state === 'X') {
    return undefined;
  }
  return { pid, parent: Number(parent), session: Number(session), startTicks: Number(fields[19]) };
}

/** Whether that very process is alive. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const [entry, bootId] = await Promise.all([readProcess(identity.pid), readBootId()]);
  return entry !== undefined && entry.startTicks === identity.startTicks && bootId === identity.bootId;
}

/**
 * All processes that belong to a run: those with `marker` in their environment, those below them or below `root`, and
 * those in a session that one of them leads. Environments of other users' processes cannot be read; tree and session
 * find most of these.
 */
export async function findRunProcesses(marker: string, root?: number): Promise<readonly ProcessEntry[]> {
  const names = await readdir('/proc');
  const entries: ProcessEntry[] = [];
  const marked = new Set<number>();
  for (const name of names) {
    const pid = Number(name);
    const entry = Number.isInteger(pid) ? await readProcess(pid) : undefined;
    if (entry !== undefined) {
      entries.push(entry);
      if (await hasMarker(pid, marker)) {
        marked.add(pid);
      }
    }
  }
  return closure(entries, marked, root);
}

/** Sends a signal; false when the process is gone or belongs to someone else. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (hasCode(error, 'ESRCH', 'EPERM')) {
      return false;
    }
    throw error;
  }
}

function closure(
  entries: readonly ProcessEntry[],
  marked: ReadonlySet<number>,
  root: number | undefined,
): ProcessEntry[] {
  const members = new Map<number, ProcessEntry>();
  let grew = true;
  while (grew) {
    grew = false;
    for (const entry of entries) {
      const belongs =
        marked.has(entry.pid) || entry.pid === root || members.has(entry.parent) || members.has(entry.session);
      if (belongs && !members.has(entry.pid)) {
        members.set(entry.pid, entry);
        grew = true;
      }
    }
  }
  return [...members.values()];
}

async function hasMarker(pid: number, marker: string): Promise<boolean> {
  const environment = await readProc(`/proc/${pid}/environ`);
  return environment !== undefined && environment.split('\0').includes(marker);
}

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    // ESRCH: the process ended between opening and reading.
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) {
      return undefined;
    }
    throw error;
  }
}
