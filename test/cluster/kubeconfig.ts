import { stringify } from 'yaml';
import type { ApiAccess } from './api.ts';

/** A kubeconfig with one cluster, one user by bearer token and one context. */
export function kubeconfigOf(access: ApiAccess, user: string): string {
  const name = 'fleetwright-local';
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [
      {
        name,
        cluster: {
          server: access.url,
          'certificate-authority-data': Buffer.from(access.caPem).toString('base64'),
        },
      },
    ],
    users: [{ name: user, user: { token: access.token } }],
    contexts: [{ name, context: { cluster: name, user, namespace: 'default' } }],
  });
}
