import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './errors.ts';
import type { RunPaths } from './run-folder.ts';

interface CountedEvents {
  /** Number of the last event in `bytes`. */
  last: number;
  bytes: number;
}

/** Measures the output of runs. Event files never change once written, so each is looked at once. */
export class OutputSize {
  readonly #counted = new Map<string, CountedEvents>();

  /** Bytes on disk of the output of one run; 0 when there is none. */
  async measure(id: string, paths: RunPaths): Promise<number> {
    const plain = await Promise.all([
      sizeOf(join(paths.artifacts, 'stdout')),
      sizeOf(join(paths.artifacts, 'stderr')),
      sizeOf(paths.runnerLog),
    ]);
    return plain.reduce((sum, bytes) => sum + bytes, await this.#events(id, paths.events));
  }

  forget(id: string): void {
    this.#counted.delete(id);
  }

  async #events(id: string, folder: string): Promise<number> {
    const counted = this.#counted.get(id) ?? { last: 0, bytes: 0 };
    let { last, bytes } = counted;
    for (const name of await namesIn(folder)) {
      const number = /^\d+-.*\.json$/.test(name) ? Number.parseInt(name, 10) : 0;
      if (number > counted.last) {
        bytes += await sizeOf(join(folder, name));
        last = Math.max(last, number);
      }
    }
    this.#counted.set(id, { last, bytes });
    return bytes;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
      return [];
    }
    throw error;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) {
      return 0;
    }
    throw error;
  }
}
