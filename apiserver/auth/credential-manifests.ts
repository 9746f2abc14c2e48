import { randomBytes } from 'node:crypto';

import { roleBindings, roles, secrets, type Role, type RoleBinding, type Secret } from '../../kube/builtin.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/objects.ts';
import { bearerKind, credentialLabel, credentialNameLabel, credentialType, digestOf } from './credential-secret.ts';
import { serviceAccountOf } from './identity.ts';

/** What a credential is made of. */
export interface CredentialRequest {
  /** The operator's name for it, for example that of the calling system: part of object names. */
  readonly name: string;
  /** The token that the caller will show. Only its SHA-256 goes into the manifests. */
  readonly token: string;
  /** The Kubernetes user in whose name the facade acts. */
  readonly user: string;
  readonly groups?: readonly string[];
  /** The first is 1, which is the default; those of a rotation count on. */
  readonly number?: number;
  /** Where the facade looks for credentials. */
  readonly namespace: string;
  /** In which namespaces the user may work with tasks. */
  readonly taskNamespaces: readonly string[];
  /** May look at tasks and logs only. */
  readonly readOnly?: boolean;
}

/** An object as it is applied: with apiVersion and kind. */
export interface Manifest extends KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
}

const reading = ['get', 'list', 'watch'];
const writing = ['create', 'patch'];

/** @returns the number that a rotation counts on from; 0 for a Secret that was not made here. */
export function numberOf({ metadata }: Secret): number {
  const digits = /-([1-9][0-9]{0,8})$/.exec(metadata.name)?.[1];
  return digits === undefined ? 0 : Number(digits);
}

/** @returns a token that nobody can guess: 256 bits, of characters that need no quoting anywhere. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** @returns the Secret of a credential. */
export function credentialSecret({
  name,
  token,
  user,
  groups = [],
  number = 1,
  namespace,
}: Omit<CredentialRequest, 'taskNamespaces' | 'readOnly'>): Secret & Manifest {
  const labels = { [credentialLabel]: bearerKind, [credentialNameLabel]: name };
  const data = {
    tokenSHA256: base64(digestOf(token).toString('hex')),
    user: base64(user),
    ...(groups.length === 0 ? {} : { groups: base64(groups.join('\n')) }),
  };
  return withKind(secrets, {
    metadata: { namespace, name: `credential-${name}-${number}`, labels },
    type: credentialType,
    data,
  });
}

/** @returns what lets the user work with the tasks of one namespace: the name of both objects is `roleName(name)`. */
export function accessManifests(
  { name, user, readOnly }: Pick<CredentialRequest, 'name' | 'user' | 'readOnly'>,
  namespace: string,
): readonly [Role & Manifest, RoleBinding & Manifest] {
  const metadata = { namespace, name: roleName(name), labels: { [credentialNameLabel]: name } };
  const rules = [
    {
      apiGroups: ['fleetwright.io'],
      resources: ['agenttasks'],
      verbs: readOnly === true ? reading : [...reading, ...writing],
    },
    { apiGroups: ['fleetwright.io'], resources: ['agenttasks/log'], verbs: ['get'] },
  ];
  const account = serviceAccountOf(user);
  const subject =
    account === undefined
      ? { kind: 'User' as const, apiGroup: 'rbac.authorization.k8s.io', name: user }
      : { kind: 'ServiceAccount' as const, ...account };
  return [
    withKind(roles, { metadata, rules }),
    withKind(roleBindings, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [subject],
    }),
  ];
}

/** Name of the Role and the RoleBinding in each namespace of tasks. */
export function roleName(credentialName: string): string {
  return `fleetwright-credential-${credentialName}`;
}

/** @returns the Secret, and a Role and a RoleBinding for each namespace of tasks; nothing in them tells the token. */
export function credentialManifests(request: CredentialRequest): readonly Manifest[] {
  return [
    credentialSecret(request),
    ...request.taskNamespaces.flatMap((namespace) => accessManifests(request, namespace)),
  ];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function withKind<T extends KubeObject>(type: ResourceType<T>, object: T): T & Manifest {
  return { apiVersion: apiVersionOf(type), kind: type.kind, ...object };
}
