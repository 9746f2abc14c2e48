import { configMaps } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { getIfThere } from '../../kube/ifthere.ts';

/** The ConfigMap of a project's namespace that names the hosts of the project, under `hosts`. */
export const hostsConfigMap = 'fleetwright-hosts';

/**
 * The hosts of a project, for a percent group, which names none itself.
 * @param client acts in the caller's name
 * @returns none where the project names none
 */
export async function hostsOfProject(client: Client, namespace: string): Promise<readonly string[]> {
  const found = await getIfThere(client, configMaps, { namespace, name: hostsConfigMap });
  return (found?.data?.['hosts'] ?? '').split(/[\s,;]+/).filter((host) => host !== '');
}
