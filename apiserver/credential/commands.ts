import { clusterRoleBindings, clusterRoles, roleBindings, roles, secrets, type Secret } from '../../kube/builtin.ts';
import { listAll, type Client } from '../../kube/client.ts';
import { AlreadyExistsError, NotFoundError } from '../../kube/errors.ts';
import { ConfigError } from '../../kube/flags.ts';
import { deleteIfThere } from '../../kube/ifthere.ts';
import type { KubeObject, ResourceType } from '../../kube/objects.ts';
import type { Callers } from '../api.ts';
import type { CredentialKind, NewCredential } from '../auth/credential-kind.ts';
import {
  credentialLabel,
  credentialNameLabel,
  credentialSelector,
  readCredential,
  type Credential,
} from '../auth/credential-secret.ts';
import { kindOf, kinds } from './kinds.ts';
import { accessOf, credentialSecret, numberOf, roleName } from './manifests.ts';
import type { CredentialCommand } from './options.ts';

const apply = { fieldManager: 'fleetwright-credential', force: true };

/** What was done, for people. */
export interface Made {
  readonly lines: readonly string[];
  readonly credential: NewCredential;
}

/** Makes a credential, last of all its Secret: one that was shown has its rights. */
export async function createCredential(client: Client, command: CredentialCommand, callers: Callers): Promise<Made> {
  const { name, namespace, user } = command;
  if ((await secretsOf(client, command)).length > 0) {
    throw new ConfigError(
      `--name is ${JSON.stringify(name)}: there is a credential of this name in ${namespace}; ` +
        'rotate or revoke it, or give another name',
    );
  }
  const lines: string[] = [];
  for (const { namespace: where, role, binding, inWords } of accessOf({ ...command, callers })) {
    if (where === undefined) {
      await client.apply(clusterRoles, role, apply);
      await client.apply(clusterRoleBindings, binding, apply);
    } else {
      await inNamespace(where, client.apply(roles, role, apply));
      await inNamespace(where, client.apply(roleBindings, binding, apply));
    }
    const place = where === undefined ? '' : `${where}: `;
    lines.push(`${place}${role.kind} and ${binding.kind} ${roleName(name)}: ${user} may ${inWords}`);
  }
  const kind = callers.credential;
  const credential = kind.make();
  const secret = credentialSecret({ ...command, kind, credential });
  await makeSecret(client, secret, namespace);
  return {
    credential,
    lines: [...lines, `${namespace}: Secret ${secret.metadata.name}: the ${kind.shown} is that of ${user}`],
  };
}

/** Makes a further credential of the same kind for the same caller. */
export async function rotateCredential(client: Client, command: CredentialCommand): Promise<Made> {
  const { name, namespace } = command;
  const present = await presentSecrets(client, command);
  const [newest] = present;
  const { kind, caller } = usable(newest);
  const credential = kind.make();
  const secret = credentialSecret({ name, namespace, kind, credential, ...caller, number: numberOf(newest) + 1 });
  await makeSecret(client, secret, namespace);
  return {
    credential,
    lines: [
      `${namespace}: Secret ${secret.metadata.name}: the ${kind.shown} is that of ${caller.user}`,
      `The ${kind.shown}s before it go on to work (${present.map(({ metadata }) => metadata.name).join(', ')}). ` +
        `When all callers have the new one: revoke --name ${name} --old`,
    ],
  };
}

/** @throws ConfigError when nobody is let in by what is in the Secret */
function usable(secret: Secret): Credential & { readonly kind: CredentialKind } {
  const { namespace = '', name } = secret.metadata;
  const found = readKnown(secret);
  if (typeof found !== 'string') return found;
  throw new ConfigError(
    `the Secret ${namespace}/${name} holds no credential that can be used (${found}): revoke it and create it anew`,
  );
}

/** @returns the credential in a Secret with its kind, or what is wrong with it */
function readKnown(secret: Secret): (Credential & { readonly kind: CredentialKind }) | string {
  const kind = kindOf(secret);
  if (kind === undefined) return 'this version does not know its kind';
  const credential = readCredential(secret, kind);
  return typeof credential === 'string' ? credential : { ...credential, kind };
}

/** @returns lines for people */
export async function revokeCredential(client: Client, command: CredentialCommand): Promise<readonly string[]> {
  const { name, old } = command;
  const [newest, ...others] = await presentSecrets(client, command);
  if (old && others.length === 0)
    return [`${command.namespace}: Secret ${newest.metadata.name} is the only one: nothing to revoke`];
  // The credential first: the rights are of no use without it.
  const gone = await removeAll(client, secrets, old ? others : [newest, ...others]);
  if (old) return gone;
  const ofIt = `${credentialNameLabel}=${name}`;
  return [
    ...gone,
    ...(await removeAll(client, roleBindings, await collect(client, roleBindings, ofIt))),
    ...(await removeAll(client, roles, await collect(client, roles, ofIt))),
    ...(await removeAll(client, clusterRoleBindings, await collect(client, clusterRoleBindings, ofIt))),
    ...(await removeAll(client, clusterRoles, await collect(client, clusterRoles, ofIt))),
  ];
}

/** @returns a table for people */
export async function listCredentials(client: Client, { namespace }: CredentialCommand): Promise<readonly string[]> {
  const found = await collect(client, secrets, credentialSelector(kinds), namespace);
  if (found.length === 0) return [`There is no credential in ${namespace}. Make one with: create --name NAME`];
  const rows = found.map((secret) => {
    const credential = readKnown(secret);
    const { name, labels, creationTimestamp } = secret.metadata;
    const shown =
      typeof credential === 'string'
        ? ['-', '-', credential]
        : [credential.caller.user, credential.caller.groups.join(',') || '-', 'can be used'];
    return [
      labels?.[credentialNameLabel] ?? '-',
      labels?.[credentialLabel] ?? '-',
      name,
      creationTimestamp ?? '',
      ...shown,
    ];
  });
  return table([['NAME', 'KIND', 'SECRET', 'MADE', 'USER', 'GROUPS', 'STATE'], ...rows]);
}

async function secretsOf(client: Client, { name, namespace }: CredentialCommand): Promise<readonly Secret[]> {
  const found = await collect(
    client,
    secrets,
    `${credentialSelector(kinds)},${credentialNameLabel}=${name}`,
    namespace,
  );
  return found.toSorted((one, other) => numberOf(other) - numberOf(one));
}

/** The newest first. @throws ConfigError when there is none */
async function presentSecrets(client: Client, command: CredentialCommand): Promise<readonly [Secret, ...Secret[]]> {
  const [newest, ...others] = await secretsOf(client, command);
  if (newest === undefined)
    throw new ConfigError(
      `--name is ${JSON.stringify(command.name)}: there is no credential of this name in ${command.namespace}; ` +
        'list shows those that there are',
    );
  return [newest, ...others];
}

async function makeSecret(client: Client, secret: Secret, namespace: string): Promise<void> {
  try {
    await inNamespace(namespace, client.create(secrets, secret));
  } catch (error) {
    if (error instanceof AlreadyExistsError)
      throw new ConfigError(
        `the Secret ${namespace}/${secret.metadata.name} is there already, ` +
          'and is not ours to change: delete it, or give another --name',
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
  for (const object of objects) {
    await deleteIfThere(client, type, object);
    const { namespace, name } = object.metadata;
    lines.push(`${namespace === undefined ? '' : `${namespace}: `}${type.kind} ${name}: deleted`);
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
