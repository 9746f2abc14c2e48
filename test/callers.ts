import { bearerCredential } from '../apiserver/auth/bearer-kind.ts';
import {
  accessManifests,
  credentialManifests,
  type CredentialRequest,
  type Manifest,
} from '../apiserver/credential/manifests.ts';
import { dispatchCallers } from '../apiserver/dispatch/callers.ts';

/** A caller of the dispatch API whose token is known. */
export interface CallerRequest extends Omit<CredentialRequest, 'callers' | 'credential'> {
  readonly token: string;
}

/** @returns the Secret of the caller, and what lets him work with tasks */
export function callerManifests({ token, ...request }: CallerRequest): readonly Manifest[] {
  return credentialManifests({ ...request, callers: dispatchCallers, credential: bearerCredential(token) });
}

/** @returns what lets a user work with the tasks of a namespace */
export function callerAccess(request: Pick<CallerRequest, 'name' | 'user'>, namespace: string): readonly Manifest[] {
  return accessManifests({ ...request, callers: dispatchCallers, taskNamespaces: [namespace] });
}
