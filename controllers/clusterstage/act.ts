import { agentTasks } from '../../crds/types/agenttask.ts';
import { clusterStages, type ClusterStage } from '../../crds/types/clusterstage.ts';
import { nodes } from '../../kube/builtin.ts';
import type { Client } from '../../kube/client.ts';
import { ConflictError, NotFoundError } from '../../kube/errors.ts';
import { addFinalizer, removeFinalizer } from '../../kube/finalizers.ts';
import type { OwnWrites } from '../../kube/ownwrites.ts';
import { actOnChildren, type ParentHands } from '../shared/children/acting.ts';
import { actOnClaims, type ClaimHands } from '../shared/claim-acts.ts';
import type { ControlPlaneTurn } from './control-plane-turn.ts';
import { evict, type EvictingHands } from './evicting.ts';
import { finalizer } from './finalizers.ts';
import type { Intent, NodeIntent, TakeOutIntent } from './intents.ts';
import { carryOut } from './lanes.ts';
import type { World } from './observe.ts';
import { taskOf } from './task.ts';
import { isControlPlane } from './turns/order.ts';

/** What acting needs. */
export interface Hands extends ParentHands, ClaimHands, EvictingHands, Pick<World, 'nodes'> {
  readonly client: Client;
  readonly controlPlaneTurn: ControlPlaneTurn;
  readonly ownWrites: OwnWrites;
}

/** Somebody else has changed the node since it was looked at. Nothing was done; a new look is the answer. */
export class NodeChangedError extends Error {
  readonly code = 'NODE_CHANGED';

  constructor(name: string) {
    super(`node ${name} changed a moment ago`);
    this.name = 'NodeChangedError';
  }
}

/**
 * Carries out intents, those of one node in their order. Each may be repeated: a pass that fails in the middle is
 * planned anew from what it left.
 * @returns the object as the last write left it
 */
export async function act(stage: ClusterStage, intents: readonly Intent[], hands: Hands): Promise<ClusterStage> {
  let current = stage;
  await carryOut(intents, async (intent) => {
    current = (await actOnce(current, intent, hands)) ?? current;
  });
  return current;
}

async function actOnce(stage: ClusterStage, intent: Intent, hands: Hands): Promise<ClusterStage | undefined> {
  const { client } = hands;
  switch (intent.do) {
    case 'addFinalizer':
      return written(await addFinalizer(client, clusterStages, stage, finalizer), hands);
    case 'removeFinalizer':
      return written(await removeFinalizer(client, clusterStages, stage, finalizer), hands);
    case 'takeOut':
      await takeOut(intent, hands);
      return undefined;
    case 'putBack':
      await changeNode(intent, hands);
      return undefined;
    case 'evict':
      evict(stage, intent, hands);
      return undefined;
    case 'claimHosts':
    case 'releaseHosts':
    case 'freeStaleClaim':
      await actOnClaims(stage, clusterStages, intent, hands);
      return undefined;
    case 'makeChildren':
    case 'changeChildren':
    case 'deleteChildren':
    case 'releaseChildren': {
      const make = async (wanted: { readonly name: string; readonly host: string }) => taskOf(stage, wanted);
      await actOnChildren(stage, intent, { parent: clusterStages, child: agentTasks, make }, hands);
      return undefined;
    }
  }
}

async function takeOut(intent: TakeOutIntent, hands: Hands): Promise<void> {
  const { controlPlaneTurn, nodes: present, ownWrites } = hands;
  const { name } = intent.node.metadata;
  if (intent.alone !== true || !isControlPlane(intent.node)) return changeNode(intent, hands);
  if (!controlPlaneTurn.take(name, present, ownWrites)) throw new NodeChangedError(name);
  try {
    await changeNode(intent, hands);
  } finally {
    controlPlaneTurn.done();
  }
}

async function changeNode({ do: what, node, patch }: NodeIntent, { client, ownWrites }: Hands): Promise<void> {
  try {
    const changed = await client.mergePatch(nodes, node.metadata, patch);
    if (isControlPlane(node)) ownWrites.record(nodes, changed);
  } catch (error) {
    // Nothing is left to put back.
    if (error instanceof NotFoundError && what === 'putBack') return;
    if (error instanceof ConflictError || error instanceof NotFoundError)
      throw new NodeChangedError(node.metadata.name);
    throw error;
  }
}

function written(stage: ClusterStage | undefined, { ownWrites }: Hands): ClusterStage | undefined {
  if (stage !== undefined) ownWrites.record(clusterStages, stage);
  return stage;
}
