import {
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
  secrets,
  type Role,
  type RoleBinding,
  type Secret,
} from '../../kube/builtin.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../kube/objects.ts';
import type { Callers, GivenRights } from '../api.ts';
import type { CredentialKind, NewCredential } from '../auth/credential-kind.ts';
import { credentialLabel, credentialNameLabel, credentialType } from '../auth/credential-secret.ts';
import { serviceAccountOf } from '../auth/identity.ts';

/** What a credential is made of. */
export interface CredentialRequest {
  /** The operator's name for it, for example that of the calling system: part of object names. */
  readonly name: string;
  /** The callers of the API that it is for. */
  readonly callers: Callers;
  readonly credential: NewCredential;
  /** The Kubernetes user in whose name the facade acts. */
  readonly user: string;
  readonly groups?: readonly string[];
  /** The first is 1, which is the default; those of a rotation count on. */
  readonly number?: number;
  /** Where the facade looks for credentials. */
  readonly namespace: string;
  /** In which namespaces the user may do what callers of the API do. */
  readonly taskNamespaces: readonly string[];
  /** May only look. */
  readonly readOnly?: boolean;
  /** May do only these of the permissions that the API knows. */
  readonly permissions?: readonly string[] | undefined;
}

/** An object as it is applied: with apiVersion and kind. */
export interface Manifest extends KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
}

/** @returns the number that a rotation counts on from; 0 for a Secret that was not made here. */
export function numberOf({ metadata }: Secret): number {
  const digits = /-([1-9][0-9]{0,8})$/.exec(metadata.name)?.[1];
  return digits === undefined ? 0 : Number(digits);
}

/** What the Secret of a credential is made of. */
export interface SecretRequest extends Pick<
  CredentialRequest,
  'name' | 'credential' | 'user' | 'groups' | 'number' | 'namespace'
> {
  readonly kind: CredentialKind;
}

/** @returns the Secret of a credential. */
export function credentialSecret({
  name,
  kind,
  credential,
  user,
  groups = [],
  number = 1,
  namespace,
}: SecretRequest): Secret & Manifest {
  const labels = { [credentialLabel]: kind.name, [credentialNameLabel]: name };
  const texts = { ...credential.data, user, ...(groups.length === 0 ? {} : { groups: groups.join('\n') }) };
  const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, base64(text)]));
  return withKind(secrets, {
    metadata: { namespace, name: `credential-${name}-${number}`, labels },
    type: credentialType,
    data,
  });
}

/** What gives a user rights, with the words for them. */
export interface Access {
  /** Undefined: a ClusterRole and its binding. */
  readonly namespace: string | undefined;
  readonly role: Role & Manifest;
  readonly binding: RoleBinding & Manifest;
  /** After "may". */
  readonly inWords: string;
}

/** Whose rights, and to do what. */
export interface AccessRequest extends Pick<
  CredentialRequest,
  'name' | 'user' | 'callers' | 'readOnly' | 'permissions' | 'taskNamespaces'
> {}

/** @returns what lets the user do what callers of the API do. The name of all objects is `roleName(name)` */
export function accessOf(request: AccessRequest): readonly Access[] {
  const { name, user, callers, readOnly = false, permissions, taskNamespaces } = request;
  const { namespaced, cluster } = callers.rights(readOnly, permissions);
  const labels = { [credentialNameLabel]: name };
  const give = ({ rules, inWords }: GivenRights, namespace?: string): Access => {
    const [role, binding] =
      namespace === undefined ? ([clusterRoles, clusterRoleBindings] as const) : ([roles, roleBindings] as const);
    const metadata = { ...(namespace === undefined ? {} : { namespace }), name: roleName(name), labels };
    return {
      namespace,
      role: withKind(role, { metadata, rules }),
      binding: withKind(binding, {
        metadata,
        roleRef: {
          apiGroup: 'rbac.authorization.k8s.io',
          kind: namespace === undefined ? 'ClusterRole' : 'Role',
          name: metadata.name,
        },
        subjects: [subjectOf(user)],
      }),
      inWords,
    };
  };
  return [
    ...(cluster === undefined ? [] : [give(cluster)]),
    ...(namespaced === undefined ? [] : taskNamespaces.map((namespace) => give(namespaced, namespace))),
  ];
}

/** The same as manifests. */
export function accessManifests(request: AccessRequest): readonly Manifest[] {
  return accessOf(request).flatMap(({ role, binding }) => [role, binding]);
}

function subjectOf(user: string): RoleBinding['subjects'][number] {
  const account = serviceAccountOf(user);
  return account === undefined
    ? { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }
    : { kind: 'ServiceAccount', ...account };
}

/** Name of the roles and of their bindings, wherever they are. */
export function roleName(credentialName: string): string {
  return `fleetwright-credential-${credentialName}`;
}

/** @returns the Secret, and what gives its user the rights of the API's callers */
export function credentialManifests(request: CredentialRequest): readonly Manifest[] {
  return [credentialSecret({ ...request, kind: request.callers.credential }), ...accessManifests(request)];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function withKind<T extends KubeObject>(type: ResourceType<T>, object: T): T & Manifest {
  return { apiVersion: apiVersionOf(type), kind: type.kind, ...object };
}
