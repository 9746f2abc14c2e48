import type { Secret } from '../../kube/builtin.ts';
import type { Api } from '../api.ts';
import { apis } from '../apis.ts';
import type { CredentialKind } from '../auth/credential-kind.ts';
import { credentialLabel } from '../auth/credential-secret.ts';

/** The kinds of credentials that callers of the APIs show. */
export const kinds: readonly CredentialKind[] = [...new Set(apis.map(({ callers }) => callers.credential))];

/** @returns the kind of the credential in a Secret; undefined when this version knows none of that name */
export function kindOf({ metadata }: Secret): CredentialKind | undefined {
  return kinds.find(({ name }) => name === metadata.labels?.[credentialLabel]);
}

/** Names of the APIs; the first is meant where none is given. */
export const apiNames = apis.map(({ name }) => name);

/** @returns undefined when there is no API of this name */
export function apiNamed(name: string): Api | undefined {
  return apis.find((api) => api.name === name);
}
