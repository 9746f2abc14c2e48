import { agentTasks } from '../../crds/types/agenttask.ts';
import { rollingUpgrades, type RollingUpgrade } from '../../crds/types/rollingupgrade.ts';
import { addFinalizer, removeFinalizer } from '../../kube/finalizers.ts';
import { deleteIfThere } from '../../kube/ifthere.ts';
import type { OwnWrites } from '../../kube/ownwrites.ts';
import { actOnChildren, type ParentHands } from '../shared/children/acting.ts';
import { actOnClaims, type ClaimHands } from '../shared/claim-acts.ts';
import { OutsideError } from '../shared/outside/errors.ts';
import type { Engines } from './engine/engines.ts';
import { finalizer } from './finalizers.ts';
import type { Intent } from './intents.ts';
import { taskOf } from './task.ts';

/** What acting needs. */
export interface Hands extends ClaimHands, ParentHands {
  readonly ownWrites: OwnWrites;
  readonly engines: Engines;
}

/**
 * Carries out intents in their order. Each may be repeated.
 * @returns the upgrade as the last write left it
 */
export async function act(upgrade: RollingUpgrade, intents: readonly Intent[], hands: Hands): Promise<RollingUpgrade> {
  let current = upgrade;
  for (const intent of intents) current = (await actOn(current, intent, hands)) ?? current;
  return current;
}

async function actOn(upgrade: RollingUpgrade, intent: Intent, hands: Hands): Promise<RollingUpgrade | undefined> {
  const { client } = hands;
  switch (intent.do) {
    case 'addFinalizer':
      return written(await addFinalizer(client, rollingUpgrades, upgrade, finalizer), hands);
    case 'removeFinalizer':
      return written(await removeFinalizer(client, rollingUpgrades, upgrade, finalizer), hands);
    case 'deleteUpgrade':
      await deleteIfThere(client, rollingUpgrades, upgrade);
      return undefined;
    case 'claimHosts':
    case 'releaseHosts':
    case 'freeStaleClaim':
      await actOnClaims(upgrade, rollingUpgrades, intent, hands);
      return undefined;
    case 'setAllocation':
      await (await hands.engines.of(upgrade, client)).setAllocation(intent.value);
      return undefined;
    case 'takeSnapshot':
      await (await hands.engines.of(upgrade, client)).takeSnapshot(intent.repository, intent.name);
      return undefined;
    case 'flush':
      await flush(upgrade, hands);
      return undefined;
    case 'makeChildren':
    case 'changeChildren':
    case 'deleteChildren':
    case 'releaseChildren': {
      const make = async (wanted: { readonly name: string; readonly node: string }) => taskOf(upgrade, wanted);
      await actOnChildren(upgrade, intent, { parent: rollingUpgrades, child: agentTasks, make }, hands);
      return undefined;
    }
  }
}

/** Without it a node only takes longer to come back. */
async function flush(upgrade: RollingUpgrade, { engines, client }: Hands): Promise<void> {
  try {
    await (await engines.of(upgrade, client)).flush();
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
  }
}

function written(upgrade: RollingUpgrade | undefined, { ownWrites }: Hands): RollingUpgrade | undefined {
  if (upgrade !== undefined) ownWrites.record(rollingUpgrades, upgrade);
  return upgrade;
}
