import { randomBytes } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { mustKubectl, runKubectl } from './kubectl.ts';
import type { KubectlResult } from './kubectl.ts';
import type { ProvidedCluster } from './provided.ts';

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
      await mustKubectl(cluster, ['delete', 'namespace', name, '--ignore-not-found', '--wait=false']);
    },
  };
}
