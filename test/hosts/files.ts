import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DEPLOY_ID = 1990;

export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes an Ed25519 key pair; `folder` is used while it is made. */
export async function makeKeyPair(folder: string, name: string): Promise<KeyPair> {
  const path = join(folder, name);
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
  const pair = { privateKey: await readFile(path, 'utf8'), publicKey: (await readFile(`${path}.pub`, 'utf8')).trim() };
  await Promise.all([rm(path), rm(`${path}.pub`)]);
  return pair;
}

/** Writes what makes a host a machine of its own: users, sudo rules, SSH server. Returns the host's public key. */
export async function writeHostFiles(folder: string, name: string, authorizedKey: string): Promise<string> {
  await mkdir(join(folder, 'etc', 'sudoers.d'), { recursive: true, mode: 0o755 });
  const hostKey = await makeKeyPair(folder, 'host_key');
  const save = (path: string, text: string, mode: number): Promise<void> =>
    writeFile(join(folder, path), text, { mode });
  await Promise.all([
    save('name', `${name}\n`, 0o644),
    save('key', hostKey.privateKey, 0o600),
    save('authorized_keys', `${authorizedKey}\n`, 0o644),
    save('sshd_config', sshdConfig(folder), 0o644),
    addLine(
      '/etc/passwd',
      join(folder, 'etc', 'passwd'),
      `deploy:x:${DEPLOY_ID}:${DEPLOY_ID}::/home/deploy:/bin/sh`,
      0o644,
    ),
    addLine('/etc/group', join(folder, 'etc', 'group'), `deploy:x:${DEPLOY_ID}:`, 0o644),
    addLine('/etc/shadow', join(folder, 'etc', 'shadow'), 'deploy:*:19000:0:99999:7:::', 0o640),
    save('etc/hosts', `127.0.0.1 localhost ${name}\n`, 0o644),
    save('etc/sudoers.d/deploy', 'deploy ALL=(ALL) NOPASSWD: ALL\n', 0o440),
  ]);
  return hostKey.publicKey;
}

function sshdConfig(folder: string): string {
  return [
    `HostKey ${folder}/key`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    'PidFile none',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    // The folder is below the temporary folder, which anybody may write to.
    'StrictModes no',
    'UseDNS no',
    'MaxStartups 200',
    'MaxSessions 200',
    'Subsystem sftp internal-sftp',
    '',
  ].join('\n');
}

/** This machine's file with one line more, in place of any line that begins with the same name. */
async function addLine(source: string, target: string, line: string, mode: number): Promise<void> {
  const name = line.slice(0, line.indexOf(':') + 1);
  const lines = (await readFile(source, 'utf8'))
    .trimEnd()
    .split('\n')
    .filter((existing) => !existing.startsWith(name));
  await writeFile(target, `${[...lines, line].join('\n')}\n`, { mode });
}
