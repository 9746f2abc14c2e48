export type Log = (line: string) => void;

const reminderMs = 30_000;

/** A duration as a person says it: "45 s", "3 min 40 s". */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
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
