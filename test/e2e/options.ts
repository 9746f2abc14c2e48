export class E2eUsageError extends Error {
  override readonly name = 'E2eUsageError';
  readonly code = 'BAD_USAGE';
}

export const e2eHelp = `Usage: make e2e [CLUSTER=local|kind] [E2E='FILE...']

Installs Fleetwright with its chart on real nodes and runs tasks there.

  CLUSTER=local   three kubelets on this machine (the default): Linux, root, and a few Debian packages,
                  which are named if missing
  CLUSTER=kind    a kind cluster: needs Docker and kind
  E2E             files of test/e2e to run, else all
`;

/** Which cluster to use. Throws E2eUsageError for any other word. */
export function clusterKind(env: NodeJS.ProcessEnv): 'local' | 'kind' {
  const value = env['CLUSTER'] || 'local';
  if (value === 'local' || value === 'kind') {
    return value;
  }
  throw new E2eUsageError(
    `CLUSTER is ${JSON.stringify(value)}: use CLUSTER=local (kubelets on this machine) or CLUSTER=kind (Docker).`,
  );
}
