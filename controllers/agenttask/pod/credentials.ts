import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { sshMaterial } from '../run/credentials.ts';
import type { RunSpec } from '../executors/executor.ts';
import { readOptional } from '../executors/run-folder.ts';

const keys = ['ssh-privatekey', 'known_hosts'];

/**
 * The SSH key and known hosts in the folder where the task's Secret is mounted; nothing when there is no such folder.
 * @throws SecretContentError when the Secret lacks what a run needs
 */
export async function readCredentials(folder: string): Promise<Pick<RunSpec, 'sshPrivateKey' | 'knownHosts'>> {
  const present = await access(folder).then(
    () => true,
    () => false,
  );
  if (!present) return {};
  const texts = await Promise.all(
    keys.map(async (key): Promise<[string, string]> => [key, (await readOptional(join(folder, key))) ?? '']),
  );
  // As the controller sees it, so that both judge alike.
  const data = Object.fromEntries(texts.map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
  return sshMaterial({ metadata: { name: 'credentials' }, data });
}
