import type { Image } from '../images/archive.ts';

/** What the end-to-end tests stand on; plain data, since the tests run in processes of their own. */
export interface E2eCluster {
  readonly kind: 'local' | 'kind';
  readonly kubeconfigPath: string;
  readonly kubectlPath: string;
  readonly helmPath: string;
  readonly nodes: readonly string[];
  readonly images: { readonly fleetwright: Image; readonly runner: Image };
  /** Machines with an SSH server. */
  readonly hosts: readonly E2eHost[];
  /** Opens them all, for root. */
  readonly privateKey: string;
  /** Their host keys, in the form of known_hosts. */
  readonly knownHosts: string;
  /** Undefined where the nodes are elsewhere. */
  readonly local: LocalNodes | undefined;
}

export interface E2eHost {
  readonly name: string;
  /** The first of its addresses. */
  readonly address: string;
  /** Where pods reach it. */
  readonly addresses: readonly string[];
  /** A process in its namespaces: its files are below `/proc/<pid>/root`. */
  readonly pid: number;
}

/** What there is beside it where the nodes are of this machine. */
export interface LocalNodes {
  /** Folder of each node's files, by its name: `var/log` and `var/lib` below it are the node's own. */
  readonly folders: Readonly<Record<string, string>>;
  /** Where `power.ts` asks for nodes to be cut off and restored. */
  readonly powerUrl: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    e2e: E2eCluster;
  }
}
