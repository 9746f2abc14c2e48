import { randomBytes } from 'node:crypto';

import { newToken } from '../../../apiserver/auth/digest.ts';
import { callerManifests, type CallerRequest } from '../../callers.ts';
import { mustKubectl, type KubectlAccess } from '../../cluster/kubectl.ts';
import { testCluster } from '../../cluster/testing.ts';

/** Applies what the helper for credentials would make: the Secret and the rights of its user. */
export async function applyCredential(request: CallerRequest, cluster: KubectlAccess = testCluster()): Promise<void> {
  await applyManifests(callerManifests(request), cluster);
}

/** @throws ClusterError with what kubectl says */
export async function applyManifests(
  manifests: readonly object[],
  cluster: KubectlAccess = testCluster(),
): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
  await mustKubectl(cluster, ['apply', '--server-side', '--force-conflicts', '-f', '-'], { input: list });
}

/** A caller of the facade whose credential is in the namespace. */
export interface TestCaller {
  readonly name: string;
  readonly user: string;
  /** The headers by which he is known. */
  readonly headers: { readonly authorization: string };
}

/** Makes a credential of its own for a test; by default its user may work with the tasks of the namespace. */
export async function newCaller(namespace: string, more: Partial<CallerRequest> = {}): Promise<TestCaller> {
  const name = `caller-${randomBytes(4).toString('hex')}`;
  const request = { name, token: newToken(), user: name, namespace, taskNamespaces: [namespace], ...more };
  await applyCredential(request);
  return { name: request.name, user: request.user, headers: { authorization: `Bearer ${request.token}` } };
}
