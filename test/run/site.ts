import { credentialManifests, type CredentialRequest, type Manifest } from '../../apiserver/credential/manifests.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import { installCrds } from '../cluster/crds.ts';
import { givenKubeconfig, presentKubectl } from '../cluster/given-cluster.ts';
import { mustKubectl, type KubectlAccess } from '../cluster/kubectl.ts';

/** Where our programs keep what is theirs. */
export const systemNamespace = 'fleetwright-system';

export interface Cluster extends KubectlAccess {
  /** Whether it is the user's own, in which nothing must be left that works or waits. */
  readonly given: boolean;
  stop(): Promise<void>;
}

type Say = (line: string) => unknown;

/** The cluster of KUBECONFIG, else a control plane of our own. */
export async function openCluster(say: Say): Promise<Cluster> {
  const given = givenKubeconfig(process.env);
  if (given !== undefined) {
    say(`Using the cluster of ${given}.`);
    return { given: true, kubeconfigPath: given, kubectlPath: await presentKubectl(process.env), stop: async () => {} };
  }
  say('Starting a control plane on this machine.');
  return { given: false, ...(await startControlPlane({ log: say })) };
}

/** Our kinds, and the namespace of our programs. */
export async function prepareCluster(cluster: Cluster): Promise<void> {
  await installCrds(cluster.kubeconfigPath, undefined, { kubectlPath: cluster.kubectlPath });
  await apply(cluster, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } }]);
}

/** A caller of one API, as a demo needs him. */
export interface CallerOfDemo extends Pick<CredentialRequest, 'name' | 'callers' | 'credential' | 'taskNamespaces'> {}

/** Lets a caller in who may do all that his API offers. @returns how to take that away again */
export async function giveCredential(
  cluster: Cluster,
  caller: CallerOfDemo,
): Promise<{ readonly remove: () => Promise<void> }> {
  const manifests = credentialManifests({ ...caller, user: caller.name, namespace: systemNamespace });
  await apply(cluster, manifests);
  return {
    async remove() {
      // A control plane of our own goes with all that is in it.
      if (cluster.given)
        await mustKubectl(cluster, ['delete', '--ignore-not-found', '-f', '-'], { input: listOf(manifests) });
    },
  };
}

/** Applies manifests as `kubectl apply --server-side` does. */
export async function apply(cluster: KubectlAccess, manifests: readonly Manifest[]): Promise<void> {
  await mustKubectl(cluster, ['apply', '--server-side', '-f', '-'], { input: listOf(manifests) });
}

function listOf(items: readonly Manifest[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
