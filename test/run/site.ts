import { newToken } from '../../apiserver/auth/bearer-kind.ts';
import type { Manifest } from '../../apiserver/credential/manifests.ts';
import { callerManifests } from '../callers.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import { installCrds } from '../cluster/crds.ts';
import { givenKubeconfig, presentKubectl } from '../cluster/given-cluster.ts';
import { mustKubectl, type KubectlAccess } from '../cluster/kubectl.ts';

/** Where our programs keep what is theirs; tasks made by REST are in `default`. */
export const systemNamespace = 'fleetwright-system';
const taskNamespace = 'default';

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

export interface Credential {
  readonly token: string;
  /** Takes the credential away. */
  remove(): Promise<void>;
}

/** Our kinds, our namespace, and a credential that may do all that the REST APIs offer. */
export async function prepareCluster(cluster: Cluster): Promise<Credential> {
  await installCrds(cluster.kubeconfigPath, undefined, { kubectlPath: cluster.kubectlPath });
  await apply(cluster, [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: systemNamespace } }]);
  const token = newToken();
  const manifests = callerManifests({
    name: 'make-run',
    token,
    user: 'make-run',
    namespace: systemNamespace,
    taskNamespaces: [taskNamespace],
  });
  await apply(cluster, manifests);
  return {
    token,
    async remove() {
      await mustKubectl(cluster, ['delete', '--ignore-not-found', '-f', '-'], { input: listOf(manifests) });
    },
  };
}

async function apply(cluster: Cluster, manifests: readonly Manifest[]): Promise<void> {
  await mustKubectl(cluster, ['apply', '--server-side', '-f', '-'], { input: listOf(manifests) });
}

function listOf(items: readonly Manifest[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
