import { readFile } from 'node:fs/promises';

import type { ControlPlane } from '../cluster/control-plane.ts';
import type { Account } from './accounts.ts';
import type { Rendered } from './helm.ts';

export interface AuditEvent {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly impersonatedUser?: { readonly username: string; readonly groups?: readonly string[] };
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** One thing that a role allows. */
export interface Permission {
  /** In words, for messages. */
  readonly text: string;
  readonly namespace: string | undefined;
  readonly group: string;
  readonly resource: string;
  readonly name: string | undefined;
  readonly verb: string;
}

/** Every answered call in the control plane's audit log that was made with one of these tokens. */
export async function readAudit(plane: ControlPlane, accounts: readonly Account[]): Promise<readonly AuditEvent[]> {
  const text = await readFile(plane.auditLogPath ?? '', 'utf8');
  // What is behind the last end of a line is being written.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines
    .filter((line) => accounts.some(({ credential }) => line.includes(credential)))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ stage }) => stage === 'ResponseComplete' || stage === 'ResponseStarted')
    .filter((event) => accounts.some((account) => isBy(account, event)));
}

export function isBy({ credential }: Account, { user }: AuditEvent): boolean {
  return user.extra?.['authentication.kubernetes.io/credential-id']?.includes(credential) === true;
}

function inFull(resource: string, group: string, name: string | undefined): string {
  const whole = group === '' ? resource : `${resource}.${group}`;
  return name === undefined ? whole : `${whole} ${name}`;
}

/** @returns what the roles allow, taken apart */
export function permissionsOf(roles: readonly Rendered[]): readonly Permission[] {
  return roles.flatMap(({ kind, metadata, rules }) => {
    const namespace = kind === 'Role' ? metadata.namespace : undefined;
    return (rules as readonly Rule[]).flatMap(({ apiGroups, resources, resourceNames, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          (resourceNames ?? [undefined]).flatMap((name) =>
            verbs.map((verb) => ({
              text: `${kind} ${metadata.name}: ${verb} ${inFull(resource, group, name)}`,
              namespace,
              group,
              resource,
              name,
              verb,
            })),
          ),
        ),
      ),
    );
  });
}

/** Whether the call needed this permission; it may have needed others as well. */
export function uses(event: AuditEvent, { namespace, group, resource, name, verb }: Permission): boolean {
  const about = event.objectRef;
  if (about === undefined) return false;
  if (verb.startsWith('impersonate')) return usesImpersonation(event, { namespace, resource, verb });
  if (event.impersonatedUser !== undefined) return false;
  const called = about.subresource === undefined ? about.resource : `${about.resource}/${about.subresource}`;
  return (
    event.verb === verb &&
    (about.apiGroup ?? '') === group &&
    called === resource &&
    (namespace === undefined || about.namespace === namespace) &&
    (name === undefined || about.name === name)
  );
}

function usesImpersonation(
  { verb: called, impersonatedUser, objectRef }: AuditEvent,
  { namespace, resource, verb }: Pick<Permission, 'namespace' | 'resource' | 'verb'>,
): boolean {
  if (impersonatedUser === undefined) return false;
  const isAccount = impersonatedUser.username.startsWith('system:serviceaccount:');
  const [, , calledVerb] = verb.split(':');
  if (verb.startsWith('impersonate-on:')) {
    return (
      isAccount === verb.startsWith('impersonate-on:serviceaccount:') &&
      called === calledVerb &&
      objectRef?.resource === resource &&
      (namespace === undefined || objectRef.namespace === namespace)
    );
  }
  if (resource === 'serviceaccounts') return isAccount;
  // The API server adds system:authenticated by itself.
  return resource === 'users'
    ? !isAccount
    : (impersonatedUser.groups ?? []).some((group) => !group.startsWith('system:'));
}
