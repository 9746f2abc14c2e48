import { secrets, type Secret } from '../../../kube/builtin.ts';
import type { Client } from '../../../kube/client.ts';
import { getIfThere } from '../../../kube/ifthere.ts';

/** What is wrong with the Secret that an object names for an outside system: a wait, until somebody puts it right. */
export class CredentialMissingError extends Error {
  readonly code = 'CREDENTIAL_MISSING';
  /** CamelCase, for a condition. */
  readonly reason: 'SecretNotFound' | 'SecretInvalid';

  /** @param message names the field and what to do; it quotes nothing of what is in the Secret */
  constructor(reason: CredentialMissingError['reason'], message: string) {
    super(message);
    this.name = 'CredentialMissingError';
    this.reason = reason;
  }
}

/**
 * Reads the Secret that an object names.
 * @param field of the object that names it, for example `spec.engine.credentialsSecretRef`
 * @param needed keys that it must have
 * @param optional keys that it may have
 * @returns their values, by key. @throws CredentialMissingError, and what Client.get throws
 */
export async function readCredential(
  client: Pick<Client, 'get'>,
  key: { readonly namespace?: string; readonly name: string },
  field: string,
  needed: readonly string[],
  optional: readonly string[] = [],
): Promise<Readonly<Record<string, string>>> {
  const secret = await getIfThere(client, secrets, key);
  const keys = needed.join(' and ');
  if (secret === undefined)
    throw new CredentialMissingError(
      'SecretNotFound',
      `${field}: there is no Secret ${key.name} in namespace ${key.namespace ?? ''}; create it with ${keys}`,
    );
  const missing = needed.filter((name) => textOf(secret, name) === '');
  if (missing.length > 0)
    throw new CredentialMissingError(
      'SecretInvalid',
      `${field}: Secret ${key.name} has no ${missing.join(' and no ')}; it must have ${keys}`,
    );
  return Object.fromEntries(
    [...needed, ...optional].map((name) => [name, textOf(secret, name)]).filter(([, value]) => value !== ''),
  );
}

function textOf({ data }: Secret, key: string): string {
  return Buffer.from(data?.[key] ?? '', 'base64').toString('utf8');
}

/** The header of a user with a password. */
export function basicAuthorization(username: string, password: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
