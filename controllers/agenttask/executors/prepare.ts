import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './errors.ts';
import type { RunSpec } from './executor.ts';
import { readProcess } from './processes.ts';
import { runFiles } from './run-files.ts';
import type { RunSettings } from './run-files.ts';
import { writePrivate } from './run-folder.ts';
import type { RunPaths } from './run-folder.ts';

const scratchName = /^\.scratch-(\d+)-(\d+)-/;
let scratchCount = 0;

/** A name in the state folder that no run has and that tells which process made it. */
export async function scratchFolder(stateFolder: string): Promise<string> {
  const self = await readProcess(process.pid);
  scratchCount += 1;
  return join(stateFolder, `.scratch-${process.pid}-${self?.startTicks ?? 0}-${scratchCount}`);
}

/** Writes the run folder under a scratch name and gives it its own, unless it is there already. */
export async function writeRunFolder(stateFolder: string, paths: RunPaths, run: RunSpec, settings: RunSettings): Promise<void> {
  const files = runFiles(run, paths, settings);
  const scratch = await scratchFolder(stateFolder);
  try {
    // `ssh` holds the sockets of SSH masters, `home` is the home directory of the run.
    for (const name of ['ssh', 'home', 'artifacts']) {
      await mkdir(join(scratch, name), { recursive: true, mode: 0o700 });
    }
    for (const [name, text] of files) {
      await writePrivate(join(scratch, name), text);
    }
    await rename(scratch, paths.folder);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    // Another call was faster; both were given the same frozen run.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) {
      throw error;
    }
  }
}

/** Deletes what processes that died left under scratch names: it may hold SSH keys. */
export async function sweepScratch(stateFolder: string): Promise<void> {
  for (const name of await readdir(stateFolder)) {
    const [, pid, startTicks] = scratchName.exec(name) ?? [];
    if (pid !== undefined && (await readProcess(Number(pid)))?.startTicks !== Number(startTicks)) {
      await rm(join(stateFolder, name), { recursive: true, force: true });
    }
  }
}
