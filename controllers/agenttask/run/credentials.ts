import type { Secret } from '../../../kube/builtin.ts';
import type { RunSpec } from '../executors/executor.ts';

/** The Secret lacks what a run needs. The message never quotes what is in it. */
export class SecretContentError extends Error {
  readonly code = 'SECRET_CONTENT';

  constructor(message: string) {
    super(message);
    this.name = 'SecretContentError';
  }
}

/**
 * The SSH key and known hosts of a Secret of type kubernetes.io/ssh-auth, known_hosts being optional.
 * @throws SecretContentError
 */
export function sshMaterial(secret: Secret): Pick<RunSpec, 'sshPrivateKey' | 'knownHosts'> {
  const key = decode(secret, 'ssh-privatekey');
  if (key === undefined)
    throw new SecretContentError(
      'it has no key ssh-privatekey; put the private key there, ' +
        'as kubectl create secret generic NAME --from-file=ssh-privatekey=FILE does',
    );
  if (!key.includes('PRIVATE KEY-----'))
    throw new SecretContentError(
      'ssh-privatekey is not a private key; put the whole file there, with its BEGIN and END lines',
    );
  const sshPrivateKey = key.endsWith('\n') ? key : `${key}\n`;
  const knownHosts = decode(secret, 'known_hosts');
  return knownHosts === undefined ? { sshPrivateKey } : { sshPrivateKey, knownHosts };
}

function decode(secret: Secret, key: string): string | undefined {
  const value = secret.data?.[key];
  return value === undefined || value === '' ? undefined : Buffer.from(value, 'base64').toString('utf8');
}
