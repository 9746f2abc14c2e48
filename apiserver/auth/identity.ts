import { unfitForHeader } from '../../kube/impersonation.ts';
import type { Caller } from './caller.ts';

const serviceAccount =
  /^system:serviceaccount:([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?):([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)$/;
const authenticated = 'system:authenticated';

/** @returns namespace and name when the user is a service account. */
export function serviceAccountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace, name] = serviceAccount.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** @returns why our own settings may not give somebody this user; undefined when they may. */
export function userProblem(user: string): string | undefined {
  // Kubernetes' own users and groups, among them system:masters, whom no rule can hold back.
  if (user.startsWith('system:') && serviceAccountOf(user) === undefined)
    return (
      'names that begin with "system:" belong to Kubernetes; ' +
      'only system:serviceaccount:<namespace>:<name> may be used'
    );
  return unfitForHeader(user);
}

/** The same for a group of this user. */
export function groupProblem(user: string, group: string): string | undefined {
  // With any group sent along, the API server would leave out those that a service account has by itself.
  if (serviceAccountOf(user) !== undefined) return 'a service account has groups of its own, and takes no others';
  return group.startsWith('system:') ? 'groups that begin with "system:" belong to Kubernetes' : unfitForHeader(group);
}

/**
 * @returns the groups that the API server counts the caller to, those included that it adds by itself to whoever is
 * impersonated.
 */
export function allGroupsOf({ user, groups }: Caller): readonly string[] {
  const account = serviceAccountOf(user);
  const own = account === undefined || groups.length > 0 ? groups : serviceAccountGroups(account.namespace);
  return own.includes(authenticated) ? own : [...own, authenticated];
}

/**
 * The caller whom the API server knows by a token of its own. Groups that it adds by itself on impersonation are left
 * out: our own user then needs no right to impersonate them.
 */
export function callerFrom(user: string, groups: readonly string[]): Caller {
  const account = serviceAccountOf(user);
  const others = groups.filter((group) => group !== authenticated);
  const added = account === undefined ? [] : serviceAccountGroups(account.namespace);
  return { user, groups: others.every((group) => added.includes(group)) ? [] : others };
}

function serviceAccountGroups(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}
