import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClusterError, hasErrno } from './errors.ts';
import { identifyProcess, isSameProcess } from './process-identity.ts';

const mountPoint = '/sys/fs/cgroup';
const prefix = 'fleetwright-';
const pollMs = 20;
// Containers that were just killed hold their cgroups until the kernel has taken their memory back.
const emptyTimeoutMs = 10_000;

/** A name for a control group that tells who made it, so that a later process can see whether its maker still lives. */
export async function cgroupName(suffix: string): Promise<string> {
  const identity = await identifyProcess(process.pid);
  return `${prefix}${process.pid}-${identity?.started ?? ''}-${suffix}`;
}

/**
 * Folders in which a control group is to be made: one for each controller with version 1, a single one with version 2.
 */
export async function cgroupHierarchies(): Promise<readonly string[]> {
  if (await isUnified()) {
    return [mountPoint];
  }
  const entries = await readdir(mountPoint, { withFileTypes: true });
  // Links are second names of joint hierarchies.
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(mountPoint, entry.name));
}

/**
 * Makes a control group in which processes can be started and others nested, with all the machine's processors and
 * memory.
 */
export async function makeCgroup(name: string): Promise<void> {
  const unified = await isUnified();
  for (const hierarchy of await cgroupHierarchies()) {
    const folder = join(hierarchy, name);
    await mkdir(folder, { recursive: true });
    if (unified) {
      const controllers = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).trim().split(' ');
      await writeFile(
        join(folder, 'cgroup.subtree_control'),
        controllers.map((controller) => `+${controller}`).join(' '),
      );
    } else if (hierarchy.endsWith('/cpuset')) {
      // A new cpuset is empty and takes no process.
      for (const file of ['cpuset.cpus', 'cpuset.mems']) {
        await writeFile(join(folder, file), await readFile(join(hierarchy, file)));
      }
      await writeFile(join(folder, 'cgroup.clone_children'), '1');
    }
  }
}

/** Removes the control group with all below it, once the processes in it are gone. Does nothing when there is none. */
export async function removeCgroup(name: string): Promise<void> {
  const deadline = Date.now() + emptyTimeoutMs;
  for (const hierarchy of await cgroupHierarchies()) {
    while (!(await removedUnlessBusy(join(hierarchy, name)))) {
      if (Date.now() > deadline) {
        throw new ClusterError(
          'COMPONENT_FAILED',
          `Processes are left in the control group ${join(hierarchy, name)}: end them, then remove it.`,
        );
      }
      await delay(pollMs);
    }
  }
}

/**
 * Removes control groups whose makers died without doing it, unless processes are left in them. Returns their names.
 */
export async function sweepCgroups(): Promise<readonly string[]> {
  const swept = new Set<string>();
  for (const hierarchy of await cgroupHierarchies()) {
    for (const name of await readdir(hierarchy)) {
      const [, pid, started] = /^fleetwright-(\d+)-(\d+)-/.exec(name) ?? [];
      if (pid === undefined || started === undefined || (await isSameProcess({ pid: Number(pid), started }))) {
        continue;
      }
      if (await removedUnlessBusy(join(hierarchy, name))) {
        swept.add(name);
      }
    }
  }
  return [...swept];
}

/** False when processes are left in it. */
async function removedUnlessBusy(folder: string): Promise<boolean> {
  try {
    await removeTree(folder);
    return true;
  } catch (error) {
    if (hasErrno(error, 'EBUSY')) {
      return false;
    }
    throw error;
  }
}

async function removeTree(folder: string): Promise<void> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    for (const entry of entries) {
      if (entry.isDirectory()) {
        await removeTree(join(folder, entry.name));
      }
    }
    // Its files are the kernel's and go with it.
    await rmdir(folder);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) {
      throw error;
    }
  }
}

async function isUnified(): Promise<boolean> {
  return access(join(mountPoint, 'cgroup.controllers')).then(
    () => true,
    () => false,
  );
}
