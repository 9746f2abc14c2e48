import { availableParallelism, loadavg } from 'node:os';

export type Log = (line: string) => void;

const reminderMs = 30_000;

/** A duration as a person says it: "45 s", "3 min 40 s". */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** How many programs at once a machine runs, and how many want to (the load average of a minute). */
export interface Machine {
  readonly cores: number;
  readonly load: number;
}

const thisMachine = (): Machine => ({ cores: availableParallelism(), load: loadavg()[0] ?? 0 });

/**
 * How long a build takes, for a line of progress.
 * @param minutes on two idle cores with nothing cached; more cores are used as far as they are free
 */
export function buildHint(minutes: number, { cores, load }: Machine = thisMachine()): string {
  // A build wants all cores, and shares them with what runs already.
  const idle = (minutes * 2) / cores;
  const now = idle * (1 + load / cores);
  const busy = load / cores >= 0.5 ? `, since this machine is busy (${rounded(idle)} when it is idle)` : '';
  return `, about ${rounded(now)}${busy}, once`;
}

function rounded(minutes: number): string {
  if (minutes < 0.75) return 'half a minute';
  return minutes < 1.5 ? '1 minute' : `${Math.round(minutes)} minutes`;
}

/** Runs `work` and says when it starts, every half minute that it goes on, and how long it took. */
export async function withProgress<T>(log: Log, what: string, hint: string, work: () => Promise<T>): Promise<T> {
  const begin = Date.now();
  log(`${what}${hint}`);
  const timer = setInterval(() => log(`${what} … ${duration(Date.now() - begin)} so far`), reminderMs);
  try {
    const result = await work();
    log(`${what}: done in ${duration(Date.now() - begin)}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
