import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { onTestFinished } from 'vitest';

import { configMaps } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { isOlder } from '../../../kube/versions.ts';

export interface ManagerProcess {
  readonly identity: string;
  /** Resolves when it has printed this line (from the start of the process on), rejects when it ended without. */
  printed(line: string): Promise<void>;
  /** Writes a line to its standard input. */
  tell(line: string): void;
  signal(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves with its exit code, null when a signal ended it. */
  readonly exited: Promise<number | null>;
  lines(): readonly string[];
}

/** Timings that let a test see a takeover in seconds, with room for a machine that is busy. */
const timings = { leaseDuration: 6000, renewDeadline: 4500, retryPeriod: 500, gracePeriod: 60_000 };

/** Starts fixtures/manager.ts; it ends with the test at the latest. */
export function startManager(kubeconfig: string, namespace: string, identity: string): ManagerProcess {
  const program = join(import.meta.dirname, 'fixtures', 'manager.ts');
  const child = spawn(process.execPath, [program, JSON.stringify({ kubeconfig, namespace, identity, ...timings })], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const wake of waiting) wake();
  };
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    changed();
  });
  // `close` and not `exit`: every line was read then.
  let ended = false;
  const exited = once(child, 'close').then(() => {
    ended = true;
    changed();
    return child.exitCode;
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const printed = async (line: string): Promise<void> => {
    while (!lines.includes(line)) {
      if (ended)
        throw new Error(
          `${identity} ended without the line "${line}"; it printed: ${lines.join(' | ')}, and logged: ${log}`,
        );
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    }
  };
  return {
    identity,
    printed,
    tell: (line) => child.stdin.write(`${line}\n`),
    signal: (signal) => child.kill(signal),
    exited,
    lines: () => lines,
  };
}

/**
 * Who acted, in the order in which the API server took the acts, runs of one process folded: `['a', 'b']` means that b
 * never acted before a's last.
 */
export async function turns(client: Client, namespace: string): Promise<readonly string[]> {
  const { items } = await client.list(configMaps, { namespace, labelSelector: 'act' });
  const acts = items.toSorted((one, other) =>
    isOlder(one.metadata.resourceVersion ?? '', other.metadata.resourceVersion ?? '') ? -1 : 1,
  );
  const actors = acts.map(({ metadata }) => metadata.labels?.['act'] ?? '');
  return actors.filter((actor, index) => actor !== actors[index - 1]);
}
