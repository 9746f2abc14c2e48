/**
 * The keeper: a process of its own between the owner of a control plane and its programs. It holds the programs as
 * children and the folder as its property, and ends both as soon as the channel to the owner closes. The kernel closes
 * that channel however the owner dies, kill -9 included, so nothing is left behind. It runs in a session of its own:
 * Ctrl-C in the terminal reaches the owner only.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from './errors.ts';
import type { KeeperMessage, KeeperRequest } from './keeper-protocol.ts';
import { Programs } from './programs.ts';

function tell(message: KeeperMessage): void {
  if (process.connected) {
    // The owner may be gone between the check and the write; the disconnect event that follows does the rest.
    process.send?.(message, undefined, {}, () => {});
  }
}

const folder = await mkdtemp(join(tmpdir(), 'fleetwright-cluster-'));
const programs = new Programs(folder, (name, pid, how) => tell({ kind: 'exit', name, pid, how }));
let pending: Promise<unknown> = Promise.resolve();
let ending: Promise<void> | undefined;

async function end(): Promise<void> {
  // A start that is under way must be over first, or its program would be missed.
  await pending;
  await programs.stopAll();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function answer(request: KeeperRequest): Promise<void> {
  try {
    if (request.op === 'end') {
      ending ??= end();
      await ending;
      tell({ kind: 'answer', id: request.id });
      process.disconnect();
    } else if (request.op === 'stop') {
      await programs.stop(request.name, request.signal);
      tell({ kind: 'answer', id: request.id });
    } else if (ending === undefined) {
      const start = programs.start(request.spec);
      pending = Promise.allSettled([pending, start]);
      tell({ kind: 'answer', id: request.id, pid: await start });
    }
  } catch (error) {
    tell({ kind: 'answer', id: request.id, error: messageOf(error) });
  }
}

process.on('message', (request: KeeperRequest) => void answer(request));
process.on('disconnect', () => {
  ending ??= end();
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => {
    ending ??= end();
    void ending.then(() => process.disconnect());
  });
}
tell({ kind: 'opened', folder });
