import { access, constants } from 'node:fs/promises';

/** Whether zones can run on this machine, and what is missing if not. */
export type Availability = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const needs = [
  { file: 'mount.nfs', packageName: 'nfs-common' },
  { file: 'qemu-img', packageName: 'qemu-utils' },
  { file: 'unshare', packageName: 'util-linux' },
  { file: 'setpriv', packageName: 'util-linux' },
];

/** Where a zone looks for programs: the PATH, and where those of administrators are, which a PATH may leave out. */
export function programFolders(): readonly string[] {
  return [...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''), '/usr/sbin', '/sbin'];
}

/** Looks for what `startZone` needs besides Python: root, and a few programs. */
export async function cinderAvailable(): Promise<Availability> {
  if (process.platform !== 'linux') return { ok: false, reason: 'zones of Cinder need Linux (mount namespaces)' };
  if (process.getuid?.() !== 0) return { ok: false, reason: 'zones of Cinder need root (to mount their shares)' };
  for (const { file, packageName } of needs)
    if (!(await isInstalled(file)))
      return { ok: false, reason: `zones of Cinder need the program ${file} (Debian package ${packageName})` };
  return { ok: true };
}

async function isInstalled(file: string): Promise<boolean> {
  for (const folder of programFolders()) {
    const found = await access(`${folder}/${file}`, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
