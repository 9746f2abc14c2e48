import type { Secret } from '../../kube/builtin.ts';
import type { Caller } from './caller.ts';
import type { CredentialKind, KnownBy } from './credential-kind.ts';
import { groupProblem, userProblem } from './identity.ts';

/** Type of the Secrets that hold a credential. */
export const credentialType = 'fleetwright.io/credential';
/** Label of these Secrets: the kind of credential. */
export const credentialLabel = 'fleetwright.io/credential';
/** Label with the name that the operator gave to the credential; the Secrets of a rotation share it. */
export const credentialNameLabel = 'fleetwright.io/credential-name';

/** How somebody is known again, and who calls with it. */
export interface Credential extends KnownBy {
  readonly caller: Caller;
}

/** @returns a selector of the Secrets that hold credentials of these kinds */
export function credentialSelector(kinds: readonly CredentialKind[]): string {
  return `${credentialLabel} in (${[...new Set(kinds.map(({ name }) => name))].join(',')})`;
}

/**
 * @returns the credential in a Secret of a kind, or what is wrong with it, without a word of its content but for the
 * user's and groups' names.
 */
export function readCredential({ type, data = {} }: Secret, kind: CredentialKind): Credential | string {
  const text = (key: string): string | undefined =>
    data[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8');
  if (type !== credentialType) return `its type is ${type ?? 'not set'}: make it anew with the type ${credentialType}`;
  const known = kind.read(text);
  if (typeof known === 'string') return known;
  const user = withoutLineEnd(text('user') ?? '');
  const wrongUser = userProblem(user);
  if (wrongUser !== undefined) return `user ${JSON.stringify(user)} cannot be used: ${wrongUser}`;
  const groups = (text('groups') ?? '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  for (const group of groups) {
    const problem = groupProblem(user, group);
    if (problem !== undefined) return `group ${JSON.stringify(group)} cannot be used: ${problem}`;
  }
  return { ...known, caller: { user, groups } };
}

/** Files that people put into Secrets mostly end with one. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
