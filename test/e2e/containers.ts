import { readdir, readFile } from 'node:fs/promises';

/**
 * Kills the program of a pod on a local node, as the kernel does when memory runs out. Throws Error unless there is
 * exactly one.
 */
export async function killContainer(podUid: string, program: string): Promise<void> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = [];
  for (const pid of pids) {
    if ((await about(pid, 'cgroup')).includes(podUid) && (await about(pid, 'cmdline')).includes(program))
      found.push(Number(pid));
  }
  const [pid, ...more] = found;
  if (pid === undefined || more.length > 0)
    throw new Error(`${found.length} processes of pod ${podUid} run ${program}: expected 1`);
  process.kill(pid, 'SIGKILL');
}

/** Empty for a process that is gone. */
function about(pid: string, file: string): Promise<string> {
  return readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
}
