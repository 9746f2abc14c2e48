import type { TestProject } from 'vitest/node';
import { startControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { installCrds } from './crds.ts';
import { givenKubeconfig, presentKubectl } from './given-cluster.ts';
import type { ProvidedCluster } from './provided.ts';

let plane: ControlPlane | undefined;

function log(line: string): void {
  console.log(`cluster: ${line}`);
}

/**
 * Runs once before the integration tests: provides one cluster for all of them, with this checkout's kinds installed.
 */
export async function setup(project: Pick<TestProject, 'provide'>): Promise<void> {
  const cluster = await provideCluster();
  try {
    await installCrds(cluster.kubeconfigPath, undefined, { kubectlPath: cluster.kubectlPath });
  } catch (error) {
    await teardown();
    throw error;
  }
  project.provide('cluster', cluster);
}

/** Runs once after them. A cluster that was given is left as it is. */
export async function teardown(): Promise<void> {
  await plane?.stop();
  plane = undefined;
}

async function provideCluster(): Promise<ProvidedCluster> {
  const given = givenKubeconfig(process.env);
  if (given !== undefined) {
    log(`using the cluster of ${given}; unset KUBECONFIG and FLEETWRIGHT_TEST_KUBECONFIG for a local control plane`);
    return { kubeconfigPath: given, owned: false, kubectlPath: await presentKubectl(process.env) };
  }
  plane = await startControlPlane({ log });
  return { kubeconfigPath: plane.kubeconfigPath, owned: true, kubectlPath: plane.kubectlPath };
}
