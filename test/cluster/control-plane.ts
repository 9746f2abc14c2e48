import type { BinaryName } from './binaries/catalogue.ts';
import { ensureBinaries } from './binaries/ensure.ts';
import type { BinaryPaths } from './binaries/ensure.ts';
import { bringUp } from './bring-up.ts';
import type { ControlPlane } from './control-plane-handle.ts';
import { Keeper } from './keeper-client.ts';
import { ComponentFailure } from './supervision.ts';
import type { ControlPlaneOptions } from './control-plane-options.ts';

const portTries = 5;

/**
 * Starts a Kubernetes control plane on loopback ports of this machine, in a temporary folder of its own, and resolves
 * when it is ready for use. Any number may run at once. It ends with `stop()`, or when this process ends in whatever
 * way.
 *
 * Throws ClusterError: GO_MISSING or BUILD_FAILED when the programs are not there and cannot be built, COMPONENT_FAILED
 * or NOT_READY, with the end of the log, when one does not start.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const { log } = options;
  const paths = await ensureBinaries(neededBinaries(options), log === undefined ? {} : { log });
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(paths, options);
    } catch (error) {
      if (!(error instanceof ComponentFailure && error.portTaken) || tries === portTries) {
        throw error;
      }
      options.log?.('another program took a port that was free a moment ago; trying other ports');
    }
  }
}

async function startOnce(paths: BinaryPaths, options: ControlPlaneOptions): Promise<ControlPlane> {
  const keeper = await Keeper.open();
  try {
    return await bringUp(keeper, paths, options);
  } catch (error) {
    await keeper.end();
    throw error;
  }
}

/** The programs that a control plane with these options takes. */
export function neededBinaries(options: ControlPlaneOptions): readonly BinaryName[] {
  const { controllerManager = true, scheduler = true, kwok = true } = options.components ?? {};
  // In the order in which a cold machine builds them: what everybody waits for comes first.
  return [
    'etcd',
    'kube-apiserver',
    'kubectl',
    ...(controllerManager ? ['kube-controller-manager' as const] : []),
    ...(scheduler ? ['kube-scheduler' as const] : []),
    ...(kwok ? ['kwok' as const] : []),
  ];
}

export type { ControlPlane } from './control-plane-handle.ts';
