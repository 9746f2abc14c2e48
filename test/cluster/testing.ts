import { randomBytes } from 'node:crypto';

import { inject, onTestFinished } from 'vitest';

import { KubeClient } from '../../kube/client.ts';
import { Credentials, loadKubeConfig } from '../../kube/credentials.ts';
import { Transport } from '../../kube/transport.ts';
import { mustKubectl, runKubectl } from './kubectl.ts';
import type { KubectlResult } from './kubectl.ts';
import type { ProvidedCluster } from './provided.ts';
import { removeNamespace } from './remove-namespace.ts';

export interface TestCluster extends ProvidedCluster {
  /** Runs kubectl against the cluster; resolves whatever its exit code is. */
  kubectl(this: void, args: readonly string[], options?: { readonly input?: string }): Promise<KubectlResult>;
}

/** The cluster of this run, for use in integration tests. */
export function testCluster(): TestCluster {
  const cluster = inject('cluster');
  return { ...cluster, kubectl: (args, options) => runKubectl(cluster, args, options) };
}

/** Makes a namespace that no other test uses and deletes it when the running test is over. Returns its name. */
export async function uniqueNamespace(): Promise<string> {
  const namespace = await createNamespace();
  onTestFinished(() => namespace.remove());
  return namespace.name;
}

export interface TestNamespace {
  readonly name: string;
  /** Asks for the deletion; it goes on in the background. */
  remove(): Promise<void>;
}

/** The same for a whole file: make it in beforeAll and remove it in afterAll. */
export async function createNamespace(): Promise<TestNamespace> {
  const cluster = inject('cluster');
  const name = `test-${randomBytes(5).toString('hex')}`;
  await mustKubectl(cluster, ['create', 'namespace', name]);
  return {
    name,
    async remove() {
      const transport = new Transport(new Credentials(() => loadKubeConfig(cluster.kubeconfigPath)));
      await removeNamespace(new KubeClient(transport, { fieldManager: 'tests' }), name);
      await transport.close();
    },
  };
}
