import { afterAll, beforeAll } from 'vitest';

import { helmForFile } from '../../../chart/site.ts';
import { startControlPlane, type ControlPlane } from '../../../cluster/control-plane.ts';
import { mustKubectl } from '../../../cluster/kubectl.ts';

/** Where the chart is installed, and where its tasks may be. */
export const system = 'fleetwright-system';

export const helm = helmForFile();

let started: ControlPlane | undefined;

beforeAll(async () => {
  // Of their own: a cluster without Fleetwright, in which definitions come and go.
  started = await startControlPlane();
  const namespaces = [system, 'team-a', 'team-b'].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  }));
  await kubectl(['apply', '-f', '-'], list(namespaces));
});

afterAll(async () => {
  await started?.stop();
});

export function plane(): ControlPlane {
  if (started === undefined) throw new Error('the control plane is started in beforeAll: ask for it within a test');
  return started;
}

export async function kubectl(args: readonly string[], input = ''): Promise<string> {
  return (await mustKubectl(plane(), args, { input })).trim();
}

export function list(objects: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
}

/** Where and under which name the chart is installed. */
export function release(): { readonly name: string; readonly namespace: string; readonly kubeconfigPath: string } {
  return { name: 'fleetwright', namespace: system, kubeconfigPath: plane().kubeconfigPath };
}
