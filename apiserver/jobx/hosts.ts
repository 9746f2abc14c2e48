import { configMaps } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { getIfThere } from '../../kube/ifthere.ts';

/** The ConfigMap of a project's namespace that names the hosts of the project, under `hosts`. */
export const hostsConfigMap = 'fleetwright-hosts';

/**
 * Whether a project names hosts, for a percent group that names none itself. The controller reads them.
 * @param client acts in the caller's name
 */
export async function namesHosts(client: Client, namespace: string): Promise<boolean> {
  const found = await getIfThere(client, configMaps, { namespace, name: hostsConfigMap });
  return (found?.data?.['hosts'] ?? '').trim() !== '';
}
