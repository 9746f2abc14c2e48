/** The cluster that all integration tests of a run share. */
export interface ProvidedCluster {
  /** The user may do everything. */
  readonly kubeconfigPath: string;
  /** False when it was given by the user: then a test must not stop or disturb its parts. */
  readonly owned: boolean;
  readonly kubectlPath: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly cluster: ProvidedCluster;
  }
}
