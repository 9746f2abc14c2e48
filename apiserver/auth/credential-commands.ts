import { roleBindings, roles, secrets, type Secret } from '../../kube/builtin.ts';
import { listAll, type Client } from '../../kube/client.ts';
import { AlreadyExistsError, NotFoundError } from '../../kube/errors.ts';
import { ConfigError } from '../../kube/flags.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';
import { accessManifests, credentialSecret, numberOf, roleName } from './credential-manifests.ts';
import type { CredentialCommand } from './credential-options.ts';
import { credentialNameLabel, readCredential } from './credential-secret.ts';
import { bearerSelector } from './credential-store.ts';

const apply = { fieldManager: 'fleetwright-credential', force: true };

/** Makes the credential, last of all its Secret: a token that was shown has its rights. @returns lines for people */
export async function createCredential(
  client: Client,
  command: CredentialCommand,
  token: string,
): Promise<readonly string[]> {
  const { name, namespace, user, taskNamespaces, readOnly } = command;
  if ((await secretsOf(client, command)).length > 0) {
    throw new ConfigError(
      `--name is ${JSON.stringify(name)}: there is a credential of this name in ${namespace}; rotate or revoke it, or give another name`,
    );
  }
  const lines: string[] = [];
  for (const taskNamespace of taskNamespaces) {
    const [role, binding] = accessManifests(command, taskNamespace);
    await inNamespace(taskNamespace, client.apply(roles, role, apply));
    await inNamespace(taskNamespace, client.apply(roleBindings, binding, apply));
    lines.push(
      `${taskNamespace}: Role and RoleBinding ${roleName(name)}: ${user} may ${readOnly ? 'look at tasks and their logs' : 'make, stop and look at tasks, and read their logs'}`,
    );
  }
  const secret = credentialSecret({ ...command, token });
  await makeSecret(client, secret, namespace);
  return [...lines, `${namespace}: Secret ${secret.metadata.name}: the token is that of ${user}`];
}

/** Makes a further token for the same caller. @returns lines for people */
export async function rotateCredential(
  client: Client,
  command: CredentialCommand,
  token: string,
): Promise<readonly string[]> {
  const { name, namespace } = command;
  const present = await presentSecrets(client, command);
  const [newest] = present;
  const credential = readCredential(newest);
  if (typeof credential === 'string')
    throw new ConfigError(
      `the Secret ${namespace}/${newest.metadata.name} holds no credential that can be used (${credential}): revoke it and create it anew`,
    );
  const secret = credentialSecret({ name, namespace, token, ...credential.caller, number: numberOf(newest) + 1 });
  await makeSecret(client, secret, namespace);
  return [
    `${namespace}: Secret ${secret.metadata.name}: the token is that of ${credential.caller.user}`,
    `The tokens before it go on to work (${present.map(({ metadata }) => metadata.name).join(', ')}). When all callers have the new one: revoke --name ${name} --old`,
  ];
}

/** @returns lines for people */
export async function revokeCredential(client: Client, command: CredentialCommand): Promise<readonly string[]> {
  const { name, old } = command;
  const [newest, ...others] = await presentSecrets(client, command);
  if (old && others.length === 0)
    return [`${command.namespace}: Secret ${newest.metadata.name} is the only one: nothing to revoke`];
  // The token first: the rights are of no use without it.
  const gone = await removeAll(client, secrets, old ? others : [newest, ...others]);
  if (old) return gone;
  const ofIt = `${credentialNameLabel}=${name}`;
  return [
    ...gone,
    ...(await removeAll(client, roleBindings, await collect(client, roleBindings, ofIt))),
    ...(await removeAll(client, roles, await collect(client, roles, ofIt))),
  ];
}

/** @returns a table for people */
export async function listCredentials(client: Client, { namespace }: CredentialCommand): Promise<readonly string[]> {
  const found = await collect(client, secrets, bearerSelector, namespace);
  if (found.length === 0) return [`There is no credential in ${namespace}. Make one with: create --name NAME`];
  const rows = found.map((secret) => {
    const credential = readCredential(secret);
    const { name, labels, creationTimestamp } = secret.metadata;
    const shown =
      typeof credential === 'string'
        ? ['-', '-', credential]
        : [credential.caller.user, credential.caller.groups.join(',') || '-', 'can be used'];
    return [labels?.[credentialNameLabel] ?? '-', name, creationTimestamp ?? '', ...shown];
  });
  return table([['NAME', 'SECRET', 'MADE', 'USER', 'GROUPS', 'STATE'], ...rows]);
}

async function secretsOf(client: Client, { name, namespace }: CredentialCommand): Promise<readonly Secret[]> {
  const found = await collect(client, secrets, `${bearerSelector},${credentialNameLabel}=${name}`, namespace);
  return found.toSorted((one, other) => numberOf(other) - numberOf(one));
}

/** The newest first. @throws ConfigError when there is none */
async function presentSecrets(client: Client, command: CredentialCommand): Promise<readonly [Secret, ...Secret[]]> {
  const [newest, ...others] = await secretsOf(client, command);
  if (newest === undefined)
    throw new ConfigError(
      `--name is ${JSON.stringify(command.name)}: there is no credential of this name in ${command.namespace}; list shows those that there are`,
    );
  return [newest, ...others];
}

async function makeSecret(client: Client, secret: Secret, namespace: string): Promise<void> {
  try {
    await inNamespace(namespace, client.create(secrets, secret));
  } catch (error) {
    if (error instanceof AlreadyExistsError)
      throw new ConfigError(
        `the Secret ${namespace}/${secret.metadata.name} is there already, and is not ours to change: delete it, or give another --name`,
      );
    throw error;
  }
}

async function collect<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  labelSelector: string,
  namespace?: string,
): Promise<readonly T[]> {
  const found: T[] = [];
  await listAll(client, type, { labelSelector, ...(namespace === undefined ? {} : { namespace }) }, (items) =>
    found.push(...items),
  );
  return found;
}

async function removeAll<T extends KubeObject>(
  client: Client,
  type: ResourceType<T>,
  objects: readonly T[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const {
    metadata: { namespace = '', name, uid },
  } of objects) {
    try {
      await client.delete(type, { namespace, name }, uid === undefined ? {} : { uid });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    lines.push(`${namespace}: ${type.kind} ${name}: deleted`);
  }
  return lines;
}

async function inNamespace<A>(namespace: string, call: Promise<A>): Promise<A> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NotFoundError)
      throw new ConfigError(
        `there is no namespace ${namespace}: create it with: kubectl create namespace ${namespace}`,
      );
    throw error;
  }
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}
