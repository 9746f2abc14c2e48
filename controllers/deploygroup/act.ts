import { deployGroups, type DeployGroup } from '../../crds/types/deploygroup.ts';
import type { Client } from '../../kube/client.ts';
import type { IdCounter } from '../../kube/ids.ts';
import type { OwnWrites } from '../../kube/ownwrites.ts';
import { giveId } from '../shared/integer-ids.ts';
import type { Intent } from './intents.ts';

/** What acting needs. */
export interface Hands {
  readonly client: Client;
  readonly ids: IdCounter;
  readonly ownWrites: OwnWrites;
}

/**
 * Carries out intents in their order; each may be repeated.
 * @returns the group as the last write left it
 */
export async function act(
  group: DeployGroup,
  intents: readonly Intent[],
  { client, ids, ownWrites }: Hands,
): Promise<DeployGroup> {
  let current = group;
  for (const _ of intents) {
    current = await giveId(client, deployGroups, current, await ids.next());
    ownWrites.record(deployGroups, current);
  }
  return current;
}
