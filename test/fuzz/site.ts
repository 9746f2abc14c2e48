import { newToken } from '../../apiserver/auth/digest.ts';
import { callerManifests } from '../callers.ts';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { installCrds } from '../cluster/crds.ts';
import { mustKubectl } from '../cluster/kubectl.ts';

export const namespace = 'fleetwright-system';
export const taskNamespace = 'default';

/** A control plane with the credential of a caller who may do all that the REST APIs offer. */
export interface FuzzSite {
  readonly plane: ControlPlane;
  readonly token: string;
}

export async function openSite(log: (line: string) => void): Promise<FuzzSite> {
  const plane = await startControlPlane({
    components: { controllerManager: false, scheduler: false, kwok: false },
    log,
  });
  try {
    await installCrds(plane.kubeconfigPath, undefined, { kubectlPath: plane.kubectlPath });
    await mustKubectl(plane, ['create', 'namespace', namespace]);
    const token = newToken();
    const items = callerManifests({
      name: 'fuzz',
      token,
      user: 'fuzz',
      namespace,
      taskNamespaces: [taskNamespace],
    });
    await mustKubectl(plane, ['apply', '--server-side', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
    return { plane, token };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}
