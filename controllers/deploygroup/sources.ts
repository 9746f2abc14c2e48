import type { DeployGroup, DeployGroupNodes } from '../../crds/types/deploygroup.ts';
import { configMaps, type Node } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { selects } from '../../kube/disruption.ts';
import { getIfThere } from '../../kube/ifthere.ts';
import type { ReadStore } from '../../kube/store.ts';
import { readInventory, type Inventory, type ListedHost } from './inventory.ts';

/** Where hosts are found that a group does not name itself. */
export interface Sources {
  readonly nodes: ReadStore<Node>;
  readonly client: Client;
}

/**
 * The hosts that a group leaves others to name, each with its place below `spec`.
 * @returns undefined for a group that names its hosts itself. @throws what the client throws
 */
export async function hostsFound({ metadata, spec }: DeployGroup, sources: Sources): Promise<Inventory | undefined> {
  const { selector, inventory } = spec.nodes ?? {};
  if (spec.type !== 'Percent') return undefined;
  if (selector !== undefined) return selected(spec.nodes ?? {}, [...sources.nodes.list()]);
  if (inventory === undefined) return undefined;
  const { name, key = 'hosts', section } = inventory;
  const found = await getIfThere(sources.client, configMaps, { ...metadata, name });
  const text = found?.data?.[key];
  const where = 'nodes.inventory';
  if (found === undefined)
    return { problem: `${where}: there is no ConfigMap ${name} in namespace ${metadata.namespace}; create it` };
  if (text === undefined) return { problem: `${where}: ConfigMap ${name} has no key ${key}; write the hosts there` };
  const { hosts, problem } = readInventory(text, section);
  if (hosts === undefined) return { problem: `${where}: ConfigMap ${name}, ${key}: ${problem}` };
  const placed = hosts.map(({ host, place }): ListedHost => ({ host, place: `${where}: ${name}, ${place}` }));
  return placed.length > 0 ? { hosts: placed } : { problem: `${where}: ConfigMap ${name}, ${key}: there is no host` };
}

/** Numbers in names count as numbers: web-2 comes before web-10. */
const inOrder = new Intl.Collator('en', { numeric: true });

function selected({ selector, address = 'InternalIP' }: DeployGroupNodes, nodes: readonly Node[]): Inventory {
  const chosen = nodes
    .filter(({ metadata }) => selects(selector, metadata.labels ?? {}))
    .toSorted((one, other) => inOrder.compare(one.metadata.name, other.metadata.name));
  if (chosen.length === 0) return { problem: 'nodes.selector: no Node has these labels' };
  const hosts = chosen.map((node) => ({ node, host: addressOf(node, address) }));
  const without = hosts.find(({ host }) => host === undefined)?.node.metadata.name;
  if (without !== undefined)
    return { problem: `nodes.address: Node ${without} shows no ${address}; use another one, or Name` };
  return {
    hosts: hosts.map(({ node, host = '' }) => ({ host, place: `nodes.selector: Node ${node.metadata.name}` })),
  };
}

function addressOf({ metadata, status }: Node, type: NonNullable<DeployGroupNodes['address']>): string | undefined {
  return type === 'Name' ? metadata.name : status?.addresses?.find((each) => each.type === type)?.address;
}
