import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whether test hosts can run on this machine, and what is missing if not. */
export type Availability = { readonly ok: true } | { readonly ok: false; readonly reason: string };

interface Need {
  readonly file: string;
  readonly packageName: string;
}

const needs: readonly Need[] = [
  { file: 'ip', packageName: 'iproute2' },
  { file: 'unshare', packageName: 'util-linux' },
  { file: 'nsenter', packageName: 'util-linux' },
  { file: 'sshd', packageName: 'openssh-server' },
  { file: 'ssh', packageName: 'openssh-client' },
  { file: 'ssh-keygen', packageName: 'openssh-client' },
  { file: 'sudo', packageName: 'sudo' },
];
const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

/** Looks for what `startHosts` needs: root, namespaces, and a few programs. */
export async function hostsAvailable(): Promise<Availability> {
  if (process.platform !== 'linux') {
    return { ok: false, reason: 'SSH test hosts need Linux (network namespaces)' };
  }
  if (process.getuid?.() !== 0) {
    return { ok: false, reason: 'SSH test hosts need root (network and mount namespaces)' };
  }
  for (const need of needs) {
    if (!(await isInstalled(need.file))) {
      return { ok: false, reason: `SSH test hosts need the program ${need.file} (Debian package ${need.packageName})` };
    }
  }
  try {
    await run('unshare', ['--net', '--mount', '--pid', '--uts', '--fork', 'true']);
  } catch {
    return {
      ok: false,
      reason: 'SSH test hosts need a kernel that lets root make namespaces (a privileged container)',
    };
  }
  return { ok: true };
}

async function isInstalled(file: string): Promise<boolean> {
  const found = await Promise.all(
    folders.map((folder) =>
      access(`${folder}/${file}`, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
