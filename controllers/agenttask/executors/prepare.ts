import { mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './errors.ts';
import type { RunSpec } from './executor.ts';
import { readProcess } from './processes.ts';
import { runFiles } from './run-files.ts';
import type { RunSettings } from './run-settings.ts';
import { endedMarksFolder, writePrivate } from './run-folder.ts';
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
export async function writeRunFolder(
  stateFolder: string,
  paths: RunPaths,
  run: RunSpec,
  settings: RunSettings,
): Promise<void> {
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
    if (settings.contentPath !== undefined) {
      // Beside the playbook as well, for roles that name their files from there: `src=roles/web/files/site.conf`.
      await symlink(join(settings.contentPath, 'roles'), join(scratch, 'project', 'roles'));
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

/** Days for which an id that was used is remembered: far longer than any caller that still has it in mind. */
const MARK_DAYS = 30;

/** Deletes marks of runs that were removed long ago, so that they do not pile up. */
export async function sweepMarks(stateFolder: string): Promise<void> {
  const folder = endedMarksFolder(stateFolder);
  const present = new Set(await readdir(stateFolder));
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!present.has(name) && Date.now() - (await stat(path)).mtimeMs > MARK_DAYS * 86_400_000) {
      await rm(path, { force: true });
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
