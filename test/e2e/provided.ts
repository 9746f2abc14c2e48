import type { Image } from '../images/archive.ts';

/** What the end-to-end tests stand on; plain data, since the tests run in processes of their own. */
export interface E2eCluster {
  readonly kind: 'local' | 'kind';
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  readonly helmPath: string;
  readonly nodes: readonly string[];
  readonly images: { readonly fleetwright: Image; readonly runner: Image };
  /** Machines with an SSH server, at addresses that pods reach. */
  readonly hosts: readonly { readonly name: string; readonly address: string }[];
  /** Opens them all, for root. */
  readonly privateKey: string;
  /** Their host keys, in the form of known_hosts. */
  readonly knownHosts: string;
}

/** Folder on the first local node for the volume of the history. It belongs to that node alone. */
export const historyFolder = '/var/lib/fleetwright-e2e';

declare module 'vitest' {
  export interface ProvidedContext {
    e2e: E2eCluster;
  }
}
