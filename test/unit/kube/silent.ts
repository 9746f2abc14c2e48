import { pino, type Logger } from 'pino';

/** A logger for tests that do not look at the log. */
export const silent: Logger = pino({ level: 'silent' });

/** A logger that keeps what was logged, as parsed lines. */
export function keptLog(): { readonly log: Logger; readonly lines: readonly Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'trace' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  return { log, lines };
}
